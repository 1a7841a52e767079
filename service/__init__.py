"""Everything that faces outward: command line, HTTP API, pages."""
