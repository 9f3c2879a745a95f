"""PostGIS as a source: a table or a query, read in one transaction that cannot write."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siting.errors import DataError, problem
from siting.layers.raw import Raw, first_line, numbered

if TYPE_CHECKING:
    import psycopg

# As libpq writes it, or SQLAlchemy, which names the driver too.
ADDRESS = re.compile(r"postgres(?:ql)?(?:\+\w+)?://")
TIMEOUT_S = 10
STATEMENT_TIMEOUT_MS = 600_000


def is_database(path: str) -> bool:
    """Tell whether a path names a database."""
    return ADDRESS.match(path) is not None


def shown(path: str) -> str:
    """Return the address of a database without user and password, for people and files."""
    parts = urlsplit(path)
    port = f":{parts.port}" if parts.port else ""
    return f"postgresql://{parts.hostname or ''}{port}{parts.path}"


def read_database(path: str, *, layer: str | None) -> tuple[Raw, str]:
    """Read a table or the answer to a query, with the sha256 of its rows.

    A database gives rows in no order; here they stand in the order of their contents.

    Parameters
    ----------
    path
        ``postgresql://user@host:port/database``, or ``postgresql+driver://…`` as SQLAlchemy has it,
        which would ask the same driver; a password is better kept in PGPASSWORD or the
        password file than in a scenario.
    layer
        A table (``residents``, ``plan.residents``) or a query (``SELECT …``).

    Raises
    ------
    DataError
        If there is no such server, table or column, the answer has several geometries or CRS, or
        no layer is named.
    """
    import psycopg  # noqa: PLC0415  only scenarios with a database need it

    where = shown(path)
    if not layer:
        raise DataError(problem("database-layer", where))
    try:
        with psycopg.connect(
            ADDRESS.sub("postgresql://", path), connect_timeout=TIMEOUT_S
        ) as connection:
            connection.read_only = True
            connection.execute(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}")
            cursor = connection.execute(_query(layer))
            headings = [column.name for column in cursor.description or []]
            spatial = _geometry_columns(connection, cursor)
            rows = sorted(cursor.fetchall(), key=repr)
            systems = _systems(connection)
    except psycopg.Error as error:
        detail = first_line(error)
        raise DataError(problem("database-refused", where, detail=detail)) from error
    if len(spatial) > 1:
        listed = ", ".join(spatial)
        raise DataError(problem("database-geometries", where, columns=listed))
    digest = hashlib.sha256(repr((headings, rows)).encode()).hexdigest()
    table = pd.DataFrame(rows, columns=headings)
    if not spatial:
        return numbered(table), digest
    return _placed(table, spatial[0], systems, where=where), digest


def _query(layer: str) -> psycopg.sql.Composed | bytes:
    """Return a query as it stands, or one for all rows of a table."""
    from psycopg import sql  # noqa: PLC0415

    if re.match(r"\s*(?:select|with)\b", layer, re.IGNORECASE):
        return layer.encode()
    return sql.SQL("SELECT * FROM {}").format(sql.Identifier(*layer.split(".")))


def _geometry_columns(
    connection: psycopg.Connection[tuple[object, ...]], cursor: psycopg.Cursor[tuple[object, ...]]
) -> list[str]:
    found = connection.execute("SELECT oid FROM pg_type WHERE typname = 'geometry'").fetchall()
    kinds = {row[0] for row in found}
    return [column.name for column in cursor.description or [] if column.type_code in kinds]


def _systems(connection: psycopg.Connection[tuple[object, ...]]) -> dict[int, str]:
    """Return the EPSG codes by which this database knows CRS, its own numbers included."""
    known = connection.execute("SELECT to_regclass('spatial_ref_sys')").fetchone()
    if known is None or known[0] is None:
        return {}
    listed = connection.execute("SELECT srid, auth_name, auth_srid, srtext FROM spatial_ref_sys")
    return {
        int(str(srid)): f"EPSG:{code}" if name == "EPSG" else str(text)
        for srid, name, code, text in listed
    }


def _placed(table: pd.DataFrame, column: str, systems: dict[int, str], *, where: str) -> Raw:
    shapes = shapely.from_wkb(table[column].to_numpy(object))
    numbers = sorted({int(n) for n in np.unique(shapely.get_srid(shapes)) if n > 0})
    if len(numbers) > 1:
        raise DataError(problem("crs-several", where, crs=", ".join(map(str, numbers))))
    crs = systems.get(numbers[0]) if numbers else None
    return numbered(gpd.GeoDataFrame(table.drop(columns=column), geometry=shapes, crs=crs))
