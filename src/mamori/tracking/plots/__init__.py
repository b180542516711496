"""From plots to tracks: the multi-target tracker that works on measurements, one by one.

The raid's default needs no plots: `tracking.model` knows from geometry how long a track takes to stand. Here are the
filters, the association and the management of tracks for those who have measurements: `tracker.track`.
"""
