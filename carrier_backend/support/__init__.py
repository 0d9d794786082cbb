"""Tools that know nothing of parcels: the outgoing call and its bounds, one JSON reader, signing, places."""
