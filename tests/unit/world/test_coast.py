"""Outlines of the land: every shape that GeoJSON has, the date line, files that are none."""

import json

import numpy as np
import pytest

from mamori.errors import CaseError
from mamori.world.coast import read_coast

RING = [[178, -1], [-178, -1], [-178, 1], [178, 1], [178, -1]]
HOLE = [[179, 0], [180, 0], [180, 0.5], [179, 0]]


def read(tmp_path, shape):
    file = tmp_path / "coast.geojson"
    file.write_text(shape if isinstance(shape, str) else json.dumps(shape), encoding="utf-8")
    return read_coast(file)


@pytest.mark.parametrize(
    "shape",
    [
        {"type": "Polygon", "coordinates": [RING, HOLE]},
        {"type": "MultiPolygon", "coordinates": [[RING, HOLE]]},
        {"type": "GeometryCollection", "geometries": [{"type": "Polygon", "coordinates": [RING]}]},
        {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": {}, "geometry": None},
                {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [0, 0]}},
                {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [RING]}},
            ],
        },
    ],
)
def test_outer_rings_that_run_on_over_the_date_line(tmp_path, shape):
    (ring,) = read(tmp_path, shape)
    np.testing.assert_array_equal(ring, [[178, -1], [182, -1], [182, 1], [178, 1], [178, -1]])


@pytest.mark.parametrize(
    "content",
    [
        "[1, 2",
        "[]",
        "null",
        '{"type": "Topology"}',
        '{"type": "Polygon", "coordinates": [["x", 1]]}',
        '{"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}',
        '{"type": "Polygon", "coordinates": [[[0, 0], [1, 95], [1, 1], [0, 0]]]}',
    ],
)
def test_what_is_no_geojson_of_polygons(tmp_path, content):
    with pytest.raises(CaseError, match="is not GeoJSON of polygons"):
        read(tmp_path, content)


def test_no_file(tmp_path):
    with pytest.raises(CaseError, match="cannot be read"):
        read_coast(tmp_path / "gone.geojson")
