"""Files of arrays, in npy, HDF5 and MATLAB: opened within bounds, read in parts."""
