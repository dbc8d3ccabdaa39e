"""Sources: what the kernel or a file says, as observations. One thread each, in the sensor.

All sources of a sensor share one `processes.ProcessReader(clock)`, so that each process is told of
once, before anything that it does.

    access.AccessSource(clock, handles, processes, own, filesystems=(), ignored_prefixes=...)
        fanotify: FileOpened, FileWritten; needs CAP_SYS_ADMIN (and CAP_DAC_READ_SEARCH,
        CAP_SYS_PTRACE to see other users' processes)

    sockets_portable.PortableFlowSource(clock, processes, poll_seconds=0.2, include_loopback=False)
        sock_diag in our own network namespace: FlowOpened, FlowProgressed, FlowClosed; no privilege

Planned beside it: `processes.ProcessSource`, `landing.LandingSource`, `names.NameSource`,
`sockets_netlink.NetlinkFlowSource` (all network namespaces).
"""
