"""Profiles, designs, their tables and contrasts."""
