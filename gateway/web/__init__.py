"""The HTTP door: FastAPI, problems as findings, bearer keys."""
