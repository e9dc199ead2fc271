"""The embedded node over HTTP, as the units and the gateway of AO's legacynet."""
