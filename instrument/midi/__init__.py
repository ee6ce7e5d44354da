"""The edge to other machines: ports, files, clocks. Bytes and their libraries stop here."""
