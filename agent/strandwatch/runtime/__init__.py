"""Threads, queues, processes, privileges, health, clock, logging."""
