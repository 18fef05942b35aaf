"""An EDI and procurement integration gateway for suppliers."""
