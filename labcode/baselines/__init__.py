"""What needs no network: PCA, classical denoisers, densities."""
