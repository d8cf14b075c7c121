"""Runs compute on one thread, without numbers too small to matter."""

import torch

from labcode.training.cpu import one_thread


def test_one_thread_and_no_denormal_numbers_inside_and_as_before_outside():
    before = torch.get_num_threads()
    torch.set_num_threads(before + 1)
    small = torch.full((64,), 1e-30)
    with one_thread():
        assert torch.get_num_threads() == 1
        assert not (small * 1e-10).any()
    assert torch.get_num_threads() == before + 1
    assert (small * 1e-10).all()
    torch.set_num_threads(before)
