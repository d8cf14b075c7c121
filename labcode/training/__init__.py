"""The one loop, exact training on a covariance, and what is special to each kind of network."""
