"""The kernel tier: eBPF programs, their loader, and what they tell."""
