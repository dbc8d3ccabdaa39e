// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What leaves this machine, counted in the kernel.
 *
 * TCP: every socket carries its own totals in socket-local storage. They die with the socket, so
 * there is no table to clean and none to overflow; `flows_changed` hands out those that moved since
 * the last look, new ones too, whatever network namespace they are in. Ends travel as events.
 *
 * Everything else: totals per (socket, process, destination) in a bounded hash, taken from the
 * packet itself on its way out, because an unconnected socket has no destination of its own.
 *
 * Nothing is ever dropped in silence: what finds no room is counted in `lost`.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "kernel_types.h"
#include "records.h"

char _license[] SEC("license") = "Dual MIT/GPL";

const volatile struct options options = {};

/* ---- maps ---- */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 2 * 1024 * 1024);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct flow);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct destination_key);
	__type(value, struct destination);
} destinations SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct marks);
} marks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct device);
} devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counts);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct exec_record);
} scratch SEC(".maps");

static __always_inline void count_lost(__u32 kind)
{
	struct counts *value = bpf_map_lookup_elem(&counts, &(__u32){ 0 });

	if (value && kind < LOST_KINDS)
		value->lost[kind]++;
}

/* So that a look at thousands of quiet sockets can be spared. */
static __always_inline void count_activity(__u32 kind)
{
	struct counts *value = bpf_map_lookup_elem(&counts, &(__u32){ 0 });

	if (value && kind < MOVED_KINDS)
		value->moved[kind]++;
}

/*
 * The reader looks every fraction of a second anyway; waking it for each event would cost more
 * than the event. It is woken for exec, and each time that the ring has filled by another part.
 */
static __always_inline __u64 wake_flags(void)
{
	__u64 waiting = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA);

	return waiting >= WAKE_BYTES && waiting % WAKE_BYTES < 1024 ? BPF_RB_FORCE_WAKEUP :
								      BPF_RB_NO_WAKEUP;
}

/* ---- who ---- */

static __always_inline void describe_actor(struct actor *actor, struct task_struct *task)
{
	actor->pid = task->tgid;
	actor->started = task->group_leader->start_boottime;
}

/* For the programs to which the kernel gives no typed task. */
static __always_inline void read_actor(struct actor *actor)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	actor->pid = BPF_CORE_READ(task, tgid);
	actor->started = BPF_CORE_READ(task, group_leader, start_boottime);
}

/* ---- sockets ---- */

/*
 * Where the kernel gives a typed socket its members are read directly; a helper call for each would
 * cost more than all the rest.
 */
static __always_inline bool is_tcp(struct sock *sk)
{
	return BPF_CORE_READ_BITFIELD(sk, sk_protocol) == IPPROTO_TCP;
}

static __always_inline bool is_inet(__u16 family)
{
	return family == AF_INET || family == AF_INET6;
}

static __always_inline bool loopback_4(__u32 address)
{
	return (address & bpf_htonl(0xff000000)) == bpf_htonl(0x7f000000);
}

static __always_inline void copy_address(__u32 *to, const __u32 *from)
{
	to[0] = from[0];
	to[1] = from[1];
	to[2] = from[2];
	to[3] = from[3];
}

static __always_inline bool to_itself_4(struct sock *sk)
{
	__u32 to = sk->__sk_common.skc_daddr;

	return loopback_4(to) || to == sk->__sk_common.skc_rcv_saddr;
}

static __always_inline bool to_itself_6(struct sock *sk)
{
	const __u32 *to = sk->__sk_common.skc_v6_daddr.words;
	const __u32 *from = sk->__sk_common.skc_v6_rcv_saddr.words;

	if (to[0] == from[0] && to[1] == from[1] && to[2] == from[2] && to[3] == from[3])
		return true;
	if (to[0] || to[1])
		return false;
	if (to[2] == bpf_htonl(0xffff))
		return loopback_4(to[3]);
	return to[2] == 0 && to[3] == bpf_htonl(1);
}

/* To this machine itself: by address, or because the route leads to the loopback device. */
static __always_inline bool stays_here(struct sock *sk)
{
	struct dst_entry *route;

	if (options.include_loopback)
		return false;
	if (sk->__sk_common.skc_family == AF_INET ? to_itself_4(sk) : to_itself_6(sk))
		return true;
	route = sk->sk_dst_cache;
	return route && route->dev->ifindex == LOOPBACK_IFINDEX;
}

static __always_inline void fill_ends(struct flow_record *record, struct sock *sk)
{
	record->family = sk->__sk_common.skc_family;
	record->state = sk->__sk_common.skc_state;
	record->protocol = BPF_CORE_READ_BITFIELD(sk, sk_protocol);
	record->network_namespace = sk->__sk_common.skc_net.net->ns.inum;
	record->user_id = sk->sk_uid.val;
	record->source_port = sk->__sk_common.skc_num;
	record->destination_port = bpf_ntohs(sk->__sk_common.skc_dport);
	if (record->family == AF_INET6) {
		copy_address(record->source, sk->__sk_common.skc_v6_rcv_saddr.words);
		copy_address(record->destination, sk->__sk_common.skc_v6_daddr.words);
		return;
	}
	__builtin_memset(record->source, 0, sizeof(record->source));
	__builtin_memset(record->destination, 0, sizeof(record->destination));
	record->source[0] = sk->__sk_common.skc_rcv_saddr;
	record->destination[0] = sk->__sk_common.skc_daddr;
}

static __always_inline void fill_totals(struct flow_record *record, struct sock *sk)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);

	record->acked = 0;
	record->received = 0;
	record->queued = 0;
	if (!tcp)
		return;
	record->acked = tcp->bytes_acked;
	record->received = tcp->bytes_received;
	record->queued = tcp->write_seq - tcp->snd_una;
	/* skc_num is 0 again when the close is told. */
	record->source_port = bpf_ntohs(tcp->inet_conn.icsk_inet.inet_sport);
}

static __always_inline void fill_record(struct flow_record *record, struct sock *sk,
					struct flow *flow, __u64 cookie, __u8 kind)
{
	record->kind = kind;
	record->cookie = cookie;
	record->at = bpf_ktime_get_boot_ns();
	record->padding = 0;
	record->flow = *flow;
	fill_ends(record, sk);
	fill_totals(record, sk);
}

/* ---- TCP: opening and closing ---- */

static __always_inline struct flow *begin(struct sock *sk, __u32 flags)
{
	struct flow *flow = bpf_sk_storage_get(&flows, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);

	if (!flow) {
		count_lost(LOST_STORAGE);
		return NULL;
	}
	if (flow->flags & FLOW_CLOSED)
		__builtin_memset(flow, 0, sizeof(*flow));
	flow->opened_at = bpf_ktime_get_boot_ns();
	flow->flags |= flags;
	flow->reported = NEVER_REPORTED;
	count_activity(TCP_MOVED);
	/* Makes the cookie, which the looks can only read. */
	bpf_get_socket_cookie(sk);
	return flow;
}

static __always_inline void established(struct sock *sk, int before)
{
	struct flow *flow = bpf_sk_storage_get(&flows, sk, 0, 0);

	if (stays_here(sk)) {
		if (flow)
			bpf_sk_storage_delete(&flows, sk);
		return;
	}
	if (!flow)
		flow = begin(sk, before == TCP_SYN_SENT ? FLOW_OUTBOUND : FLOW_INBOUND);
	if (!flow)
		return;
	flow->flags |= FLOW_ESTABLISHED;
}

static __always_inline void closed(struct sock *sk)
{
	struct flow *flow = bpf_sk_storage_get(&flows, sk, 0, 0);
	struct flow_record *record;

	if (!flow || flow->flags & FLOW_CLOSED)
		return;
	/* From here on no look may report it again; a new connection begins from nothing. */
	flow->flags |= FLOW_CLOSED;
	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record) {
		count_lost(LOST_CLOSED);
		return;
	}
	fill_record(record, sk, flow, bpf_get_socket_cookie(sk), RECORD_CLOSED);
	bpf_ringbuf_submit(record, wake_flags());
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state_changed, struct sock *sk, int before, int after)
{
	struct flow *flow;

	if (after != TCP_SYN_SENT && after != TCP_ESTABLISHED && after != TCP_CLOSE)
		return 0;
	if (!is_tcp(sk))
		return 0;
	if (after == TCP_SYN_SENT) {
		if (stays_here(sk))
			return 0;
		flow = begin(sk, FLOW_OUTBOUND);
		if (flow)
			describe_actor(&flow->opener, bpf_get_current_task_btf());
	} else if (after == TCP_ESTABLISHED) {
		established(sk, before);
	} else {
		closed(sk);
	}
	return 0;
}

/* ---- datagrams: totals by destination ---- */

static __always_inline void add_to(struct destination *value, __u32 payload, __u32 wire)
{
	__sync_fetch_and_add(&value->payload, payload);
	__sync_fetch_and_add(&value->wire, wire);
	value->last_at = bpf_ktime_get_boot_ns();
}

static __always_inline void add_destination(struct destination_key *key, struct destination *fresh,
					    __u32 payload, __u32 wire)
{
	struct destination *known = bpf_map_lookup_elem(&destinations, key);

	if (!known) {
		long failed;

		fresh->first_at = bpf_ktime_get_boot_ns();
		failed = bpf_map_update_elem(&destinations, key, fresh, BPF_NOEXIST);
		if (failed && failed != -EEXIST)
			count_lost(LOST_DESTINATION);
		known = bpf_map_lookup_elem(&destinations, key);
		if (!known)
			return;
	}
	count_activity(DATAGRAMS_MOVED);
	add_to(known, payload, wire);
}

/* ---- who handed how much to which socket ---- */

/*
 * Four processes have a place of their own (a socket inherited over a fork or passed on has two);
 * what others send on the same socket is counted without a name.
 */
static __always_inline void add_sender(struct flow *flow, __u32 pid, __u64 since, __u64 bytes)
{
#pragma unroll
	for (int i = 0; i < SENDERS; i++) {
		struct sender *sender = &flow->senders[i];

		if (!sender->actor.pid &&
		    !__sync_val_compare_and_swap(&sender->actor.pid, 0, pid))
			sender->actor.started = since;
		if (sender->actor.pid == pid && sender->actor.started == since) {
			__sync_fetch_and_add(&sender->bytes, bytes);
			return;
		}
	}
	__sync_fetch_and_add(&flow->others, bytes);
}

static __always_inline struct flow *flow_for_send(struct sock *sk)
{
	struct flow *flow = bpf_sk_storage_get(&flows, sk, 0, 0);

	if (flow || stays_here(sk))
		return flow;
	flow = begin(sk, FLOW_FOUND);
	if (flow)
		flow->flags |= FLOW_ESTABLISHED;
	return flow;
}

/* Frames that went past the device queue: whose they are is known, not where they went. */
static __always_inline void frames_handed(struct sock *sk, struct task_struct *task, int sent)
{
	struct flow *flow = bpf_sk_storage_get(&flows, sk, 0, 0);
	struct destination_key key = {};
	struct destination fresh = {};

	if (flow && flow->flags & FLOW_FRAMES)
		return;
	key.family = AF_PACKET;
	key.cookie = bpf_get_socket_cookie(sk);
	key.pid = task->tgid;
	fresh.started = task->group_leader->start_boottime;
	fresh.network_namespace = sk->__sk_common.skc_net.net->ns.inum;
	fresh.user_id = sk->sk_uid.val;
	fresh.flags = FLOW_OUTBOUND;
	add_destination(&key, &fresh, sent, sent);
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(bytes_handed, struct sock *sk, int sent, int send_flags)
{
	__u16 family = sk->__sk_common.skc_family;
	struct task_struct *task;
	struct flow *flow;

	if (sent <= 0 || !(is_inet(family) || family == AF_PACKET))
		return 0;
	task = bpf_get_current_task_btf();
	if (family == AF_PACKET) {
		frames_handed(sk, task, sent);
		return 0;
	}
	/* What a datagram socket sends is counted where its destination is known. */
	if (!is_tcp(sk))
		return 0;
	flow = flow_for_send(sk);
	if (!flow)
		return 0;
	count_activity(TCP_MOVED);
	__sync_fetch_and_add(&flow->handed, sent);
	add_sender(flow, task->tgid, task->group_leader->start_boottime, sent);
	return 0;
}

/* ---- the same where the kernel has no sock_send_length ---- */

/* The number of the descriptor that this system call would send on, or -1. */
static __always_inline int sending_descriptor(struct pt_regs *regs, long id)
{
	struct pt_regs___x86 *x86 = (void *)regs;
	struct pt_regs___arm64 *arm64 = (void *)regs;
	__u8 argument;

	if (id < 0 || id >= sizeof(options.syscall_arguments))
		return -1;
	argument = options.syscall_arguments[id];
	if (!argument)
		return -1;
	if (bpf_core_field_exists(x86->di))
		return argument == 1 ? BPF_CORE_READ(x86, di) : BPF_CORE_READ(x86, dx);
	if (bpf_core_field_exists(arm64->regs))
		return argument == 1 ? BPF_CORE_READ(arm64, regs[0]) : BPF_CORE_READ(arm64, regs[2]);
	return -1;
}

static __always_inline struct sock *socket_behind(struct task_struct *task, int number)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(table, fd), *file = NULL;
	struct socket *socket;

	if (number < 0 || number >= BPF_CORE_READ(table, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), files + number);
	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	socket = BPF_CORE_READ(file, private_data);
	return BPF_CORE_READ(socket, sk);
}

/*
 * A system call that is about to send ends what the sender before it has written: the difference of
 * the socket's write position is his. What was written since the last mark is the last sender's,
 * which the reader adds.
 */
static __always_inline void mark(struct sock *sk, struct task_struct *task, __u64 cookie)
{
	__u32 position = BPF_CORE_READ((struct tcp_sock *)sk, write_seq);
	__u32 pid = BPF_CORE_READ(task, tgid);
	__u64 since = BPF_CORE_READ(task, group_leader, start_boottime);
	struct marks *known = bpf_map_lookup_elem(&marks, &cookie);
	struct marks fresh = {};

	if (!known) {
		fresh.position = position;
		fresh.senders[0].actor.pid = pid;
		fresh.senders[0].actor.started = since;
		bpf_map_update_elem(&marks, &cookie, &fresh, BPF_NOEXIST);
		return;
	}
	known->senders[known->last & (SENDERS - 1)].bytes += position - known->position;
	known->position = position;
#pragma unroll
	for (int i = 0; i < SENDERS; i++) {
		struct sender *sender = &known->senders[i];

		if (!sender->actor.pid) {
			sender->actor.pid = pid;
			sender->actor.started = since;
		}
		if (sender->actor.pid == pid && sender->actor.started == since) {
			known->last = i;
			return;
		}
	}
}

SEC("tp_btf/sys_enter")
int BPF_PROG(send_entered, struct pt_regs *regs, long id)
{
	int number = sending_descriptor(regs, id);
	struct task_struct *task;
	struct sock *sk;
	__u64 cookie;

	if (number < 0)
		return 0;
	task = (struct task_struct *)bpf_get_current_task();
	sk = socket_behind(task, number);
	if (!sk || !is_inet(BPF_CORE_READ(sk, __sk_common.skc_family)) ||
	    BPF_CORE_READ_BITFIELD_PROBED(sk, sk_protocol) != IPPROTO_TCP)
		return 0;
	cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	if (cookie)
		mark(sk, task, cookie);
	return 0;
}

/* ---- packets on their way out ---- */

static __always_inline void describe_device(struct device *device, struct net_device *dev)
{
	device->interface = BPF_CORE_READ(dev, ifindex);
	device->network_namespace = BPF_CORE_READ(dev, nd_net.net, ns.inum);
	device->header = BPF_CORE_READ(dev, hard_header_len);
	device->mtu = BPF_CORE_READ(dev, mtu);
}

static __always_inline struct device *device_of(struct __sk_buff *skb)
{
	struct device *device, empty = {};
	struct net_device *dev = NULL;
	__u64 key;

	/* The context of this program is the kernel's own sk_buff. */
	bpf_probe_read_kernel(&dev, sizeof(dev),
			      (void *)skb + bpf_core_field_offset(struct sk_buff, dev));
	if (!dev)
		return NULL;
	key = (__u64)dev;
	device = bpf_map_lookup_elem(&devices, &key);
	if (!device) {
		bpf_map_update_elem(&devices, &key, &empty, BPF_NOEXIST);
		device = bpf_map_lookup_elem(&devices, &key);
	}
	/*
	 * Every processor has a value of its own and describes the device in it; a device that went
	 * may have left its place in memory to another.
	 */
	if (device && device->interface != skb->ifindex) {
		*device = empty;
		describe_device(device, dev);
	}
	return device;
}

/* What one packet at this hook becomes on the wire: GSO segments and fragments repeat headers. */
static __always_inline __u32 wire_length(struct __sk_buff *skb, struct device *device, __u32 ip,
					 __u32 transport)
{
	__u32 length = skb->len, pieces = 1, repeated = ip;
	__u32 link = device ? device->header : 14;

	if (skb->gso_segs > 1) {
		pieces = skb->gso_segs;
		repeated = ip + transport;
	} else if (device && device->mtu > ip + 8 && length > device->mtu) {
		__u32 room = (device->mtu - ip) & ~7u;

		pieces = (length - ip + room - 1) / room;
	}
	return length + (pieces - 1) * repeated + pieces * link;
}

static __always_inline void count_device(struct device *device, __u32 wire)
{
	if (!device)
		return;
	device->wire += wire;
}

static __always_inline __u32 ip_header_length(struct __sk_buff *skb)
{
	__u8 first = 0;

	if (skb->protocol != bpf_htons(ETH_P_IP))
		return 40;
	bpf_skb_load_bytes(skb, 0, &first, 1);
	return (first & 15) * 4;
}

static __always_inline void tcp_leaves(struct __sk_buff *skb, struct bpf_sock *sk)
{
	struct device *device = device_of(skb);
	__u32 ip = 0, transport = 0, wire;
	struct flow *flow;
	__u8 offset = 0;

	if (skb->gso_segs > 1) {
		ip = ip_header_length(skb);
		bpf_skb_load_bytes(skb, ip + 12, &offset, 1);
		transport = (offset >> 4) * 4;
	}
	wire = wire_length(skb, device, ip, transport);
	count_device(device, wire);
	flow = bpf_sk_storage_get(&flows, sk, 0, 0);
	if (!flow)
		return;
	count_activity(TCP_MOVED);
	__sync_fetch_and_add(&flow->wire, wire);
}

/* Find the transport header behind at most four IPv6 extension headers. */
static __always_inline __u32 skip_extensions(struct __sk_buff *skb, __u8 *protocol)
{
	__u32 at = 40;
	__u8 head[2];

#pragma unroll
	for (int i = 0; i < 4; i++) {
		if (*protocol != 0 && *protocol != 43 && *protocol != 44 && *protocol != 60)
			break;
		if (bpf_skb_load_bytes(skb, at, head, sizeof(head)))
			break;
		at += *protocol == 44 ? 8 : (head[1] + 1) * 8;
		*protocol = head[0];
	}
	return at;
}

static __always_inline __u32 read_network(struct __sk_buff *skb, struct destination_key *key,
					  struct destination *value)
{
	__u32 length;
	__u8 first = 0;

	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		key->family = AF_INET;
		bpf_skb_load_bytes(skb, 0, &first, 1);
		length = (first & 15) * 4;
		bpf_skb_load_bytes(skb, 9, &key->protocol, 1);
		bpf_skb_load_bytes(skb, 12, value->source, 4);
		bpf_skb_load_bytes(skb, 16, key->destination, 4);
		return length;
	}
	key->family = AF_INET6;
	bpf_skb_load_bytes(skb, 6, &key->protocol, 1);
	bpf_skb_load_bytes(skb, 8, value->source, 16);
	bpf_skb_load_bytes(skb, 24, key->destination, 16);
	return skip_extensions(skb, &key->protocol);
}

static __always_inline __u32 read_transport(struct __sk_buff *skb, __u32 at,
					    struct destination_key *key,
					    struct destination *value)
{
	__u8 head[4] = {};

	switch (key->protocol) {
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
	case IPPROTO_TCP:
		bpf_skb_load_bytes(skb, at, head, 4);
		value->source_port = head[0] << 8 | head[1];
		key->destination_port = head[2] << 8 | head[3];
		break;
	default:
		return 0;
	}
	if (key->protocol == IPPROTO_UDP || key->protocol == IPPROTO_UDPLITE)
		return 8;
	return key->protocol == IPPROTO_SCTP ? 12 : 0;
}

static __always_inline struct sock *kernel_socket(struct __sk_buff *skb)
{
	struct sock *sk = NULL;

	bpf_probe_read_kernel(&sk, sizeof(sk),
			      (void *)skb + bpf_core_field_offset(struct sk_buff, sk));
	return sk;
}

static __always_inline void describe_socket(struct sock *sk, struct destination *value)
{
	value->network_namespace = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	value->user_id = BPF_CORE_READ(sk, sk_uid.val);
	/* A port that nobody asked for was given on sending: this end began. */
	if (!(BPF_CORE_READ_BITFIELD_PROBED(sk, sk_userlocks) & SOCK_BINDPORT_LOCK))
		value->flags |= FLOW_OUTBOUND;
}

/* Resets, errors and neighbour discovery are the kernel's own talk, no flow of anybody's. */
static __always_inline bool kernel_answer(__u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6 ||
	       protocol == IPPROTO_IGMP;
}

static __always_inline void datagram_leaves(struct __sk_buff *skb, struct bpf_sock *bsk)
{
	struct device *device = device_of(skb);
	struct destination_key key = {};
	struct destination fresh = {};
	__u32 ip, transport, wire;
	struct actor actor = {};
	struct flow *flow;
	struct sock *sk;

	ip = read_network(skb, &key, &fresh);
	transport = read_transport(skb, ip, &key, &fresh);
	wire = wire_length(skb, device, ip, transport);
	count_device(device, wire);
	key.cookie = bpf_get_socket_cookie(skb);
	sk = kernel_socket(skb);
	/* A socket of the kernel's own sends from whatever task happens to run. */
	if (!BPF_CORE_READ_BITFIELD_PROBED(sk, sk_kern_sock))
		read_actor(&actor);
	else if (kernel_answer(key.protocol))
		return;
	key.pid = actor.pid;
	fresh.started = actor.started;
	describe_socket(sk, &fresh);
	flow = bpf_sk_storage_get(&flows, bsk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (flow) {
		fresh.flags |= flow->flags & FLOW_FOUND;
		flow->flags |= FLOW_DATAGRAM;
	}
	add_destination(&key, &fresh, skb->len > ip + transport ? skb->len - ip - transport : 0,
			wire);
}

SEC("cgroup_skb/egress")
int packet_leaves(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	if (!sk || (skb->ifindex == LOOPBACK_IFINDEX && !options.include_loopback))
		return 1;
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return 1;
	if (sk->protocol == IPPROTO_TCP && sk->type == SOCK_STREAM)
		tcp_leaves(skb, sk);
	else
		datagram_leaves(skb, sk);
	return 1;
}

/* ---- frames of packet sockets, which pass by the hook above ---- */

static __always_inline void read_frame(struct sk_buff *skb, struct destination_key *key,
				       struct destination *value)
{
	unsigned char *head = BPF_CORE_READ(skb, head);
	unsigned char *network = head + BPF_CORE_READ(skb, network_header);
	__u16 protocol = BPF_CORE_READ(skb, protocol);

	if (protocol == bpf_htons(ETH_P_IP)) {
		key->family = AF_INET;
		bpf_probe_read_kernel(value->source, 4, network + 12);
		bpf_probe_read_kernel(key->destination, 4, network + 16);
	} else if (protocol == bpf_htons(ETH_P_IPV6)) {
		key->family = AF_INET6;
		bpf_probe_read_kernel(value->source, 16, network + 8);
		bpf_probe_read_kernel(key->destination, 16, network + 24);
	} else {
		key->family = AF_PACKET;
		key->destination_port = bpf_ntohs(protocol);
		bpf_probe_read_kernel(key->destination, 6, BPF_CORE_READ(skb, data));
	}
}

/*
 * A packet socket may have no cookie yet, and none can be made here: until its end it goes by the
 * time of its first frame, set apart from cookies by a bit that those never reach.
 */
static __always_inline __u64 alias_of(struct flow *flow)
{
	return (flow->opened_at & (ALIAS_BIT - 1)) | ALIAS_BIT;
}

SEC("tp_btf/net_dev_queue")
int BPF_PROG(frame_queued, struct sk_buff *skb)
{
	struct destination_key key = {};
	struct destination fresh = {};
	struct actor actor = {};
	struct sock *sk = skb->sk;
	struct flow *flow;
	__u32 length;

	if (!sk || sk->__sk_common.skc_family != AF_PACKET)
		return 0;
	if (skb->dev->ifindex == LOOPBACK_IFINDEX && !options.include_loopback)
		return 0;
	flow = bpf_sk_storage_get(&flows, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!flow) {
		count_lost(LOST_STORAGE);
		return 0;
	}
	if (!flow->opened_at)
		flow->opened_at = bpf_ktime_get_boot_ns();
	flow->flags |= FLOW_DATAGRAM | FLOW_FRAMES;
	read_frame(skb, &key, &fresh);
	describe_actor(&actor, bpf_get_current_task_btf());
	length = skb->len;
	key.cookie = alias_of(flow);
	key.pid = actor.pid;
	fresh.started = actor.started;
	fresh.network_namespace = sk->__sk_common.skc_net.net->ns.inum;
	fresh.user_id = sk->sk_uid.val;
	fresh.flags = FLOW_OUTBOUND | FLOW_FRAMES | (flow->flags & FLOW_FOUND);
	add_destination(&key, &fresh, length, length);
	return 0;
}

/* ---- the end of a datagram socket ---- */

SEC("cgroup/sock_release")
int socket_released(struct bpf_sock *sk)
{
	struct released_record *record;
	struct flow *flow;

	if (sk->protocol == IPPROTO_TCP && sk->type == SOCK_STREAM)
		return 1;
	flow = bpf_sk_storage_get(&flows, sk, 0, 0);
	if (!flow || !(flow->flags & FLOW_DATAGRAM))
		return 1;
	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record) {
		count_lost(LOST_CLOSED);
		return 1;
	}
	__builtin_memset(record, 0, sizeof(*record));
	record->kind = RECORD_RELEASED;
	record->cookie = bpf_get_socket_cookie(sk);
	record->at = bpf_ktime_get_boot_ns();
	bpf_ringbuf_submit(record, wake_flags());
	return 1;
}

/* ---- looking ---- */

SEC("iter/bpf_sk_storage_map")
int flows_changed(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct flow_record record = {};
	struct flow *flow = ctx->value;
	struct sock *sk = ctx->sk;
	struct tcp_sock *tcp;
	__u64 moved;

	if (!sk || !flow || flow->flags & (FLOW_DATAGRAM | FLOW_CLOSED))
		return 0;
	moved = flow->wire + flow->handed;
	/* Nothing left since the last look, and all of it was acknowledged then. */
	if (flow->flags & FLOW_SETTLED && moved == flow->reported)
		return 0;
	tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp || (moved == flow->reported && tcp->bytes_acked == flow->reported_acked))
		return 0;
	fill_record(&record, sk, flow, sk->__sk_common.skc_cookie.counter, RECORD_PROGRESSED);
	/* What did not fit is asked for again with the next piece. */
	if (bpf_seq_write(ctx->meta->seq, &record, sizeof(record)))
		return 0;
	flow->reported = moved;
	flow->reported_acked = record.acked;
	if (record.queued)
		flow->flags &= ~FLOW_SETTLED;
	else
		flow->flags |= FLOW_SETTLED;
	return 0;
}

SEC("iter/bpf_sk_storage_map")
int sockets_alive(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct flow *flow = ctx->value;
	struct sock *sk = ctx->sk;
	__u64 cookie;

	if (!sk || !flow || flow->flags & FLOW_CLOSED)
		return 0;
	cookie = flow->flags & FLOW_FRAMES ? alias_of(flow) :
					     sk->__sk_common.skc_cookie.counter;
	bpf_seq_write(ctx->meta->seq, &cookie, sizeof(cookie));
	return 0;
}

SEC("iter/bpf_map_elem")
int destinations_changed(struct bpf_iter__bpf_map_elem *ctx)
{
	struct destination_record record = {};
	struct destination *value = ctx->value;
	struct destination_key *key = ctx->key;

	if (!key || !value || value->wire == value->reported)
		return 0;
	record.key = *key;
	record.value = *value;
	if (!bpf_seq_write(ctx->meta->seq, &record, sizeof(record)))
		value->reported = record.value.wire;
	return 0;
}

static __always_inline struct flow *found(struct sock *sk, bool datagram)
{
	struct flow *flow = bpf_sk_storage_get(&flows, sk, 0, 0);

	if (flow)
		return flow;
	flow = begin(sk, FLOW_FOUND | FLOW_ESTABLISHED);
	if (flow && datagram)
		flow->flags |= FLOW_DATAGRAM;
	return flow;
}

/* Once, at the start: sockets that are open already, in any namespace, and who holds them. */
SEC("iter/task_file")
int sockets_held(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct flow_record record = {};
	struct file *file = ctx->file;
	struct socket *socket;
	struct flow *flow;
	struct sock *sk;
	bool tcp;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk || !(is_inet(sk->__sk_common.skc_family) || sk->__sk_common.skc_family == AF_PACKET))
		return 0;
	tcp = is_inet(sk->__sk_common.skc_family) && is_tcp(sk);
	if (tcp && sk->__sk_common.skc_state == TCP_LISTEN) {
		fill_ends(&record, sk);
	} else {
		if (tcp && (sk->__sk_common.skc_state == TCP_CLOSE || stays_here(sk)))
			return 0;
		flow = found(sk, !tcp);
		if (!flow)
			return 0;
		fill_record(&record, sk, flow, sk->__sk_common.skc_cookie.counter, RECORD_HELD);
	}
	record.kind = RECORD_HELD;
	describe_actor(&record.flow.opener, task);
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

/* ---- processes ---- */

static __always_inline void read_descriptors(struct exec_record *record, struct task_struct *task)
{
	struct file **table = BPF_CORE_READ(task, files, fdt, fd);

#pragma unroll
	for (int i = 0; i < 3; i++) {
		struct descriptor *to = &record->standard[i];
		struct file *file = NULL;
		struct inode *inode;

		__builtin_memset(to, 0, sizeof(*to));
		bpf_probe_read_kernel(&file, sizeof(file), table + i);
		if (!file)
			continue;
		inode = BPF_CORE_READ(file, f_inode);
		to->inode = BPF_CORE_READ(inode, i_ino);
		to->device = BPF_CORE_READ(inode, i_sb, s_dev);
		to->mode = BPF_CORE_READ(inode, i_mode);
		to->flags = BPF_CORE_READ(file, f_flags);
		to->offset = BPF_CORE_READ(file, f_pos);
	}
}

static __always_inline void read_credentials(struct exec_record *record, struct task_struct *task)
{
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);

	record->parent.pid = BPF_CORE_READ(parent, tgid);
	record->parent.started = BPF_CORE_READ(parent, group_leader, start_boottime);
	record->user_id = BPF_CORE_READ(task, cred, euid.val);
	record->login_user_id = NO_LOGIN;
	if (bpf_core_field_exists(task->loginuid))
		record->login_user_id = BPF_CORE_READ(task, loginuid.val);
	record->session = BPF_CORE_READ(task, signal, pids[PIDTYPE_SID], numbers[0].nr);
	record->group = BPF_CORE_READ(task, signal, pids[PIDTYPE_PGID], numbers[0].nr);
	record->network_namespace = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
	record->cgroups = (__u64)BPF_CORE_READ(task, cgroups);
	BPF_CORE_READ_INTO(&record->comm, task, comm);
}

static __always_inline __u32 read_arguments(struct exec_record *record, struct task_struct *task,
					    __u32 used)
{
	unsigned long from = BPF_CORE_READ(task, mm, arg_start);
	unsigned long length = BPF_CORE_READ(task, mm, arg_end) - from;

	record->cut = length > EXEC_ARGUMENTS;
	if (length > EXEC_ARGUMENTS)
		length = EXEC_ARGUMENTS;
	if (used > EXEC_PATH)
		return 0;
	if (bpf_probe_read_user(record->text + used, length, (void *)from))
		return 0;
	return length;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_executed, struct task_struct *task, int old_pid, struct linux_binprm *binary)
{
	struct exec_record *record;
	__u32 zero = 0;
	long path;
	__u64 size;

	record = bpf_map_lookup_elem(&scratch, &zero);
	if (!record)
		return 0;
	record->kind = RECORD_EXECUTED;
	record->at = bpf_ktime_get_boot_ns();
	describe_actor(&record->process, task);
	read_credentials(record, task);
	read_descriptors(record, task);
	path = bpf_probe_read_kernel_str(record->text, EXEC_PATH, BPF_CORE_READ(binary, filename));
	if (path < 0 || path > EXEC_PATH)
		path = 0;
	record->path_length = path;
	record->arguments_length = read_arguments(record, task, path);
	size = __builtin_offsetof(struct exec_record, text) + path + record->arguments_length;
	if (size > sizeof(*record))
		size = sizeof(*record);
	/* Wake the reader if it sleeps: what /proc says of this process may vanish. */
	if (bpf_ringbuf_output(&events, record, size, 0))
		count_lost(LOST_PROCESS);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_forked, struct task_struct *parent, struct task_struct *child)
{
	struct fork_record *record;

	if (child->tgid != child->pid)
		return 0;
	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record) {
		count_lost(LOST_PROCESS);
		return 0;
	}
	__builtin_memset(record, 0, sizeof(*record));
	record->kind = RECORD_FORKED;
	record->at = bpf_ktime_get_boot_ns();
	describe_actor(&record->parent, parent);
	describe_actor(&record->child, child);
	bpf_ringbuf_submit(record, wake_flags());
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exited, struct task_struct *task)
{
	struct signal_struct *shared = BPF_CORE_READ(task, signal);
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct exit_record *record;

	if (BPF_CORE_READ(shared, live.counter) != 0)
		return 0;
	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record) {
		count_lost(LOST_PROCESS);
		return 0;
	}
	__builtin_memset(record, 0, sizeof(*record));
	record->kind = RECORD_EXITED;
	record->at = bpf_ktime_get_boot_ns();
	describe_actor(&record->process, task);
	record->read = UNKNOWN_BYTES;
	if (bpf_core_field_exists(task->ioac.rchar)) {
		record->read = BPF_CORE_READ(task, ioac.rchar) + BPF_CORE_READ(shared, ioac.rchar);
		if (leader != task)
			record->read += BPF_CORE_READ(leader, ioac.rchar);
	}
	bpf_ringbuf_submit(record, wake_flags());
	return 0;
}
