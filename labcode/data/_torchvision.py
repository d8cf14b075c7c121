"""torchvision's Python half, also where its compiled half does not fit the installed torch.

A torchvision wheel built for CUDA cannot load its compiled operators beside a CPU-only torch,
and then fails on import: it describes the operators `nms` and `qnms` to torch, which has never
heard of them. Data sets, transforms and image grids need neither. So the two are declared here,
without an implementation, and the import is tried again. Import it from here:

    from labcode.data._torchvision import torchvision
"""

import sys

import torch

try:
    import torchvision
except RuntimeError as problem:
    if "torchvision::nms" not in str(problem):
        raise
    # The declarations last as long as this object.
    _declared = torch.library.Library("torchvision", "FRAGMENT")
    for _operator in ("nms", "qnms"):
        _declared.define(f"{_operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    # The parts imported before the failure are known but not bound to the package (until 0.22).
    for _name in [name for name in sys.modules if name.startswith("torchvision.")]:
        del sys.modules[_name]
    import torchvision

__all__ = ["torchvision"]
