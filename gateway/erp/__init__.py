"""Files that an ERP without an API reads and writes: JSON and CSV, sans-IO."""
