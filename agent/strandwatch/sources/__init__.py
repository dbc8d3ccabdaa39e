"""Sources: what the kernel or a file says, as observations. One thread each, in the sensor.

All sources of a sensor share one `processes.ProcessReader(clock)`, so that each process is told of
once, before anything that it does.

    access.AccessSource(clock, handles, processes, own, filesystems=(), ignored_prefixes=...)
        fanotify: FileOpened, FileWritten; needs CAP_SYS_ADMIN (and CAP_DAC_READ_SEARCH,
        CAP_SYS_PTRACE to see other users' processes)

    sockets_portable.PortableFlowSource(clock, processes, poll_seconds=0.2, include_loopback=False)
        sock_diag in our own network namespace: FlowOpened, FlowProgressed, FlowClosed; no privilege

    landing.LandingSource(clock, handles, directories, times=LandingTimes())
        watchdog and comparisons: FileLanded; a directory that cannot be read is reported
    process_connector.ProcessConnectorSource(clock, processes)
        process events over netlink: ProcessStarted, ProcessForked, ProcessExited; CAP_NET_ADMIN
    process_polling.ProcessPollingSource(clock, processes, poll_seconds=1.0)
        ProcessStarted, ProcessExited; for when the kernel tier does not work

    names.NameSource(clock, processes, interfaces=())
        packet sockets in all network namespaces: PacketCaptured, for the dissect worker, whose
        handler turns each into lines of NameLearned; needs CAP_NET_RAW and, for other namespaces,
        CAP_SYS_ADMIN

    sockets_netlink.NetlinkFlowSource(clock, processes, poll_seconds=0.2, include_loopback=False)
        as the portable one, in all network namespaces; needs CAP_SYS_ADMIN to enter them
    access_portable.HeldFilesSource(clock, handles, processes, own, poll_seconds=0.2)
        FileOpened of what is held through a look; no privilege
"""
