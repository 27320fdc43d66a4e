"""Study files as workbooks and back: a layout found out from the record, cells as text, mistakes told at their cell."""
