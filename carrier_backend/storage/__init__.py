"""The only package that says SQL: tables, and queries named in domain words."""
