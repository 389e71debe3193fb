"""Reading and writing the OpenEXR files that renderers mostly write, chunk by chunk.

Single-part scan-line files, compression none, RLE, ZIPS or ZIP, all channels half or all float. Other forms are left to
OpenImageIO. Written after "OpenEXR File Layout" and "Technical Introduction to OpenEXR" of the OpenEXR documentation.
"""
