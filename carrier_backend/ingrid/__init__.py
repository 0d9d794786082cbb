"""Everything Ingrid's specification says, in both directions; nothing outside knows its formats."""
