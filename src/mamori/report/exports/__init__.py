"""One replica as files for globes and maps: CZML, GeoJSON, KML."""
