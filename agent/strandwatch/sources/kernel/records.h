/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the programs hand to the agent. records.py reads the same layouts; sizes are tested. */
#pragma once

#define SENDERS 4
#define WAKE_BYTES (256 * 1024)
#define ALIAS_BIT (1ull << 46)
#define EXEC_PATH 512
#define EXEC_ARGUMENTS 2048
#define NO_LOGIN 0xffffffffu
#define UNKNOWN_BYTES 0xffffffffffffffffull
#define NEVER_REPORTED 0xffffffffffffffffull

/* Set by the loader before the programs are loaded. */
struct options {
	__u8 include_loopback;
	__u8 padding[7];
	__u8 syscall_arguments[512]; /* 1 or 3: which argument of this call is the socket */
};

enum record_kind {
	RECORD_CLOSED = 2,
	RECORD_PROGRESSED = 3,
	RECORD_HELD = 4,
	RECORD_RELEASED = 5,
	RECORD_EXECUTED = 6,
	RECORD_FORKED = 7,
	RECORD_EXITED = 8,
};

enum lost_kind {
	LOST_CLOSED = 0,
	LOST_PROCESS = 1,
	LOST_STORAGE = 2,
	LOST_DESTINATION = 3,
	LOST_KINDS = 4,
};

enum moved_kind {
	TCP_MOVED = 0,
	DATAGRAMS_MOVED = 1,
	MOVED_KINDS = 2,
};

struct counts {
	__u64 lost[LOST_KINDS];
	__u64 moved[MOVED_KINDS];
};

enum flow_flag {
	FLOW_OUTBOUND = 1,
	FLOW_INBOUND = 2,
	FLOW_ESTABLISHED = 4,
	FLOW_FOUND = 8,
	FLOW_DATAGRAM = 16,
	FLOW_CLOSED = 32,
	FLOW_FRAMES = 64,
	FLOW_SETTLED = 128,
};

struct actor {
	__u64 started; /* nanoseconds since boot */
	__u32 pid;
	__u32 padding;
};

struct sender {
	struct actor actor;
	__u64 bytes;
};

/* What a TCP or packet socket carries. */
struct flow {
	__u64 opened_at;
	__u64 handed;
	__u64 wire;
	__u64 others;
	__u64 reported;
	__u64 reported_acked;
	struct actor opener;
	struct sender senders[SENDERS];
	__u32 flags;
	__u32 padding;
};

/* Who sent on a TCP socket, by system calls. */
struct marks {
	struct sender senders[SENDERS];
	__u32 position;
	__u32 last;
};

struct flow_record {
	__u8 kind;
	__u8 state;
	__u16 family;
	__u16 protocol;
	__u16 source_port;
	__u16 destination_port;
	__u16 padding;
	__u32 network_namespace;
	__u64 cookie;
	__u64 at;
	__u32 source[4];
	__u32 destination[4];
	__u64 acked;
	__u64 received;
	__u32 queued;
	__u32 user_id;
	struct flow flow;
};

struct destination_key {
	__u64 cookie;
	__u8 destination[16];
	__u32 pid;
	__u16 destination_port;
	__u8 protocol;
	__u8 family;
};

struct destination {
	__u64 payload;
	__u64 wire;
	__u64 reported;
	__u64 first_at;
	__u64 last_at;
	__u64 started;
	__u8 source[16];
	__u32 network_namespace;
	__u32 user_id;
	__u16 source_port;
	__u16 padding;
	__u32 flags;
};

struct destination_record {
	struct destination_key key;
	struct destination value;
};

struct device {
	__u64 wire;
	__u32 interface;
	__u32 network_namespace;
	__u32 header;
	__u32 mtu;
};

struct released_record {
	__u8 kind;
	__u8 padding[7];
	__u64 cookie;
	__u64 at;
};

struct fork_record {
	__u8 kind;
	__u8 padding[7];
	__u64 at;
	struct actor parent;
	struct actor child;
};

struct exit_record {
	__u8 kind;
	__u8 padding[7];
	__u64 at;
	struct actor process;
	__u64 read;
};

struct descriptor {
	__u64 inode;
	__u64 offset;
	__u32 device;
	__u32 flags;
	__u16 mode;
	__u16 padding[3];
};

struct exec_record {
	__u8 kind;
	__u8 cut;
	__u16 path_length;
	__u16 arguments_length;
	__u16 padding;
	__u64 at;
	struct actor process;
	struct actor parent;
	__u32 user_id;
	__u32 login_user_id;
	__u32 session;
	__u32 group;
	__u32 network_namespace;
	__u32 padding_2;
	__u64 cgroups;
	char comm[16];
	struct descriptor standard[3];
	char text[EXEC_PATH + EXEC_ARGUMENTS];
};
