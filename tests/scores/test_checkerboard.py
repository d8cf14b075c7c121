"""A checkerboard is period two, and nothing else is."""

import pytest
import torch

from labcode.scores.checkerboard import checkerboard


def test_checkerboard_sees_period_two_and_nothing_else():
    torch.manual_seed(0)
    noise = torch.randn(2000, 1, 28, 28)
    assert checkerboard(noise) == pytest.approx(1, rel=0.02)
    board = torch.tensor([1.0, -1.0]).repeat(14)
    assert checkerboard(noise + board) > 5
    beside = torch.cos(torch.arange(28) * 2 * torch.pi * 13 / 28)
    assert checkerboard(noise + beside) < 0.5
    smooth = torch.cos(torch.arange(28) * 2 * torch.pi / 28)
    assert checkerboard(noise + 5 * smooth) == pytest.approx(1, rel=0.05)
