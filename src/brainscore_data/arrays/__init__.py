"""Files of arrays, in npy, HDF5 and what is made of it: opened within bounds, read in parts."""
