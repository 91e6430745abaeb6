"""Measures allocators side by side: ./dev bench."""
