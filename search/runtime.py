"""OpenVINO without its telemetry.

Importing openvino also imports its conversion tools, which count uses and report them to their makers unless `openvino_telemetry` is
missing. Passerelle makes no network call that its user did not configure, so that module is kept from loading.
"""

import sys
from types import ModuleType

__all__ = ["import_openvino"]


def import_openvino() -> ModuleType:
    """The module `openvino`, imported on first use."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None makes its import fail
    import openvino

    module: ModuleType = openvino
    return module
