"""The report floor: tables, workbook, GeoPackage, page and map of one run."""
