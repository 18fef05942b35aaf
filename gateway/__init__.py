"""An EDI and procurement integration gateway for suppliers."""

from gateway.lean import compile_less

compile_less()
