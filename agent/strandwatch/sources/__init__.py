"""Sources: what the kernel or a file says, as observations. One thread each, in the sensor.

All sources of a sensor share one `processes.ProcessReader(clock)`, so that each process is told of
once, before anything that it does.

    access.AccessSource(clock, handles, processes, own, filesystems=(), ignored_prefixes=...)
        fanotify: FileOpened, FileWritten; needs CAP_SYS_ADMIN (and CAP_DAC_READ_SEARCH,
        CAP_SYS_PTRACE to see other users' processes)

Planned beside it: `processes.ProcessSource`, `sockets_portable.PortableFlowSource`,
`landing.LandingSource`, `names.NameSource`.
"""
