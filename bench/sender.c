/* SPDX-License-Identifier: MIT */
/*
 * Sends a known number of bytes in one of many ways, and says what it did: a line "sent PID BYTES"
 * for every process that sent, "ready" where it waits for a line of input.
 *
 *   sender WAY ADDRESS PORT BYTES
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/if_packet.h>
#include <linux/io_uring.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY 60
#endif
#ifndef MSG_ZEROCOPY
#define MSG_ZEROCOPY 0x4000000
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

#define CHUNK 65536

static char data[CHUNK];
static struct sockaddr_storage peer;
static socklen_t peer_length;
static const char *address_text;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void check(long result, const char *what)
{
	if (result < 0)
		fail(what);
}

static void told(long long bytes)
{
	printf("sent %d %lld\n", getpid(), bytes);
	fflush(stdout);
}

static void wait_line(void)
{
	char line[16];

	printf("ready\n");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		exit(1);
}

static void set_peer(const char *address, int port)
{
	struct sockaddr_in *four = (void *)&peer;
	struct sockaddr_in6 *six = (void *)&peer;

	memset(&peer, 0, sizeof(peer));
	if (strchr(address, ':')) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(port);
		inet_pton(AF_INET6, address, &six->sin6_addr);
		peer_length = sizeof(*six);
	} else {
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
		inet_pton(AF_INET, address, &four->sin_addr);
		peer_length = sizeof(*four);
	}
}

static int open_socket(int type, int protocol)
{
	int made = socket(peer.ss_family, type | SOCK_CLOEXEC, protocol);

	check(made, "socket");
	return made;
}

static int open_tcp(void)
{
	int made = open_socket(SOCK_STREAM, 0);

	check(connect(made, (void *)&peer, peer_length), "connect");
	return made;
}

static void send_all(int to, long long bytes)
{
	while (bytes > 0) {
		ssize_t done = send(to, data, bytes < CHUNK ? bytes : CHUNK, MSG_NOSIGNAL);

		check(done, "send");
		bytes -= done;
	}
}

/* Close our end and wait until the other has taken everything. */
static void finish(int to)
{
	char rest[64];

	shutdown(to, SHUT_WR);
	while (read(to, rest, sizeof(rest)) > 0)
		;
	close(to);
}

static void tcp(long long bytes)
{
	int to = open_tcp();

	send_all(to, bytes);
	finish(to);
	told(bytes);
}

static void short_lived(long long bytes)
{
	int to = open_tcp();

	send_all(to, bytes);
	told(bytes);
}

static void rate(long long bytes)
{
	for (int i = 0; i < 2000; i++) {
		int to = open_tcp();

		send_all(to, bytes / 2000);
		close(to);
	}
	told(bytes / 2000 * 2000);
}

static void parallel(long long bytes)
{
	for (int i = 0; i < 16; i++)
		if (!fork()) {
			tcp(bytes / 16);
			exit(0);
		}
	while (wait(NULL) > 0)
		;
}

static void idle(long long bytes, int connections)
{
	int active;
	struct rlimit limit = { 20000, 20000 };

	check(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
	for (int i = 0; i < connections; i++)
		open_tcp();
	active = open_tcp();
	send_all(active, bytes);
	told(bytes);
	wait_line();
}

static int file_of(long long bytes)
{
	int made = memfd_create("payload", MFD_CLOEXEC);

	check(made, "memfd_create");
	check(ftruncate(made, bytes), "ftruncate");
	return made;
}

static void send_file(long long bytes)
{
	int to = open_tcp(), from = file_of(bytes);
	long long left = bytes;

	while (left > 0) {
		ssize_t done = sendfile(to, from, NULL, left);

		check(done, "sendfile");
		left -= done;
	}
	finish(to);
	told(bytes);
}

static void splice_through(long long bytes)
{
	int to = open_tcp(), from = file_of(bytes), ends[2];
	long long left = bytes;

	check(pipe(ends), "pipe");
	while (left > 0) {
		ssize_t in = splice(from, NULL, ends[1], NULL, CHUNK, 0);

		check(in, "splice");
		left -= in;
		while (in > 0) {
			ssize_t out = splice(ends[0], NULL, to, NULL, in, 0);

			check(out, "splice");
			in -= out;
		}
	}
	finish(to);
	told(bytes);
}

static void reap_zerocopy(int to)
{
	char control[256];
	struct msghdr message = { .msg_control = control, .msg_controllen = sizeof(control) };

	while (recvmsg(to, &message, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0)
		message.msg_controllen = sizeof(control);
}

static void zerocopy(long long bytes)
{
	int to = open_tcp(), on = 1;
	long long left = bytes;

	check(setsockopt(to, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)), "SO_ZEROCOPY");
	while (left > 0) {
		ssize_t done = send(to, data, left < CHUNK ? left : CHUNK, MSG_ZEROCOPY);

		if (done < 0 && errno == ENOBUFS) {
			reap_zerocopy(to);
			continue;
		}
		check(done, "send MSG_ZEROCOPY");
		left -= done;
		reap_zerocopy(to);
	}
	finish(to);
	told(bytes);
}

static void write_vectors(long long bytes)
{
	struct iovec pieces[4];
	int to = open_tcp();
	long long left = bytes;

	while (left > 0) {
		ssize_t done;

		for (int i = 0; i < 4; i++)
			pieces[i] = (struct iovec){ data, 4096 };
		if (left < 4 * 4096)
			pieces[0].iov_len = left;
		done = writev(to, pieces, left < 4 * 4096 ? 1 : 4);
		check(done, "writev");
		left -= done;
	}
	finish(to);
	told(bytes);
}

static void fast_open(long long bytes)
{
	for (int i = 0; i < 2; i++) {
		int to = open_socket(SOCK_STREAM, 0);
		ssize_t done = sendto(to, data, 1000, MSG_FASTOPEN, (void *)&peer, peer_length);

		check(done, "sendto MSG_FASTOPEN");
		send_all(to, bytes / 2 - done);
		finish(to);
	}
	told(bytes / 2 * 2);
}

/* ---- io_uring, without a library ---- */

struct ring {
	int fd;
	unsigned *sq_tail, *sq_mask, *sq_array, *sq_flags;
	unsigned *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static void open_ring(struct ring *ring, unsigned flags)
{
	struct io_uring_params params = { .flags = flags, .sq_thread_idle = 1000 };
	char *sq, *cq;

	ring->fd = syscall(__NR_io_uring_setup, 8, &params);
	check(ring->fd, "io_uring_setup");
	sq = mmap(NULL, params.sq_off.array + params.sq_entries * 4, PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_SQ_RING);
	cq = mmap(NULL, params.cq_off.cqes + params.cq_entries * sizeof(*ring->cqes),
		  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_CQ_RING);
	ring->sqes = mmap(NULL, params.sq_entries * sizeof(*ring->sqes), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || (void *)ring->sqes == MAP_FAILED)
		fail("mmap io_uring");
	ring->sq_tail = (void *)(sq + params.sq_off.tail);
	ring->sq_mask = (void *)(sq + params.sq_off.ring_mask);
	ring->sq_flags = (void *)(sq + params.sq_off.flags);
	ring->sq_array = (void *)(sq + params.sq_off.array);
	ring->cq_head = (void *)(cq + params.cq_off.head);
	ring->cq_tail = (void *)(cq + params.cq_off.tail);
	ring->cq_mask = (void *)(cq + params.cq_off.ring_mask);
	ring->cqes = (void *)(cq + params.cq_off.cqes);
}

static void enter(struct ring *ring, unsigned submit, unsigned setup)
{
	if (setup & IORING_SETUP_SQPOLL) {
		if (__atomic_load_n(ring->sq_flags, __ATOMIC_ACQUIRE) & IORING_SQ_NEED_WAKEUP)
			syscall(__NR_io_uring_enter, ring->fd, submit, 1,
				IORING_ENTER_SQ_WAKEUP | IORING_ENTER_GETEVENTS, NULL, 0);
		else
			syscall(__NR_io_uring_enter, ring->fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0);
		return;
	}
	check(syscall(__NR_io_uring_enter, ring->fd, submit, 1, IORING_ENTER_GETEVENTS, NULL, 0),
	      "io_uring_enter");
}

static int ring_send(struct ring *ring, int to, unsigned length, int operation, int flags,
		     unsigned setup)
{
	unsigned tail = *ring->sq_tail, index = tail & *ring->sq_mask, submit = 1;
	struct io_uring_sqe *entry = &ring->sqes[index];
	int result = -1;

	memset(entry, 0, sizeof(*entry));
	entry->opcode = operation;
	entry->fd = to;
	entry->flags = flags;
	entry->addr = (uint64_t)(uintptr_t)data;
	entry->len = length;
	ring->sq_array[index] = index;
	__atomic_store_n(ring->sq_tail, tail + 1, __ATOMIC_RELEASE);
	for (int more = 1; more;) {
		unsigned head = *ring->cq_head;

		if (head == __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE)) {
			enter(ring, submit, setup);
			submit = 0;
			continue;
		}
		struct io_uring_cqe *done = &ring->cqes[head & *ring->cq_mask];

		if (!(done->flags & IORING_CQE_F_NOTIF))
			result = done->res;
		more = done->flags & IORING_CQE_F_MORE;
		__atomic_store_n(ring->cq_head, head + 1, __ATOMIC_RELEASE);
	}
	return result;
}

static void uring(long long bytes, int operation, int flags, unsigned setup)
{
	struct ring ring;
	int to = open_tcp();
	long long left = bytes;

	open_ring(&ring, setup);
	while (left > 0) {
		int done = ring_send(&ring, to, left < CHUNK ? left : CHUNK, operation, flags, setup);

		errno = -done;
		check(done, "io_uring send");
		left -= done;
	}
	finish(to);
	told(bytes);
}

/* ---- datagrams ---- */

static void udp_connected(long long bytes)
{
	int to = open_socket(SOCK_DGRAM, 0);
	long long left = bytes;

	check(connect(to, (void *)&peer, peer_length), "connect");
	for (; left > 0; left -= 1200)
		check(send(to, data, left < 1200 ? left : 1200, 0), "send");
	told(bytes);
}

static void udp_unconnected(long long bytes)
{
	int to = open_socket(SOCK_DGRAM, 0), port = ntohs(((struct sockaddr_in *)&peer)->sin_port);
	long long left = bytes;

	for (int i = 0; left > 0; left -= 1200, i++) {
		((struct sockaddr_in *)&peer)->sin_port = htons(port + i % 3);
		check(sendto(to, data, left < 1200 ? left : 1200, 0, (void *)&peer, peer_length),
		      "sendto");
	}
	told(bytes);
}

static void udp_many(long long bytes)
{
	int to = open_socket(SOCK_DGRAM, 0);
	long long left = bytes;
	struct mmsghdr messages[16];
	struct iovec piece = { data, 1000 };

	for (int i = 0; i < 16; i++)
		messages[i] = (struct mmsghdr){ .msg_hdr = { .msg_name = &peer,
							     .msg_namelen = peer_length,
							     .msg_iov = &piece,
							     .msg_iovlen = 1 } };
	while (left > 0) {
		int done = sendmmsg(to, messages, left / 1000 < 16 ? left / 1000 : 16, 0);

		check(done, "sendmmsg");
		left -= done * 1000;
	}
	told(bytes);
}

/* As QUIC libraries send in bulk: many datagrams in one call, cut by the kernel. */
static void udp_bulk(long long bytes)
{
	int to = open_socket(SOCK_DGRAM, 0), segment = 1350;
	long long left = bytes;

	check(connect(to, (void *)&peer, peer_length), "connect");
	check(setsockopt(to, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment)), "UDP_SEGMENT");
	for (; left > 0; left -= 40 * 1350)
		check(send(to, data, left < 40 * 1350 ? left : 40 * 1350, 0), "send");
	told(bytes);
}

static void udp_fragments(long long bytes)
{
	int to = open_socket(SOCK_DGRAM, 0);
	long long left = bytes;

	for (; left > 0; left -= 8000)
		check(sendto(to, data, left < 8000 ? left : 8000, 0, (void *)&peer, peer_length),
		      "sendto");
	told(bytes);
}

static uint16_t checksum(const void *from, int length)
{
	const uint16_t *words = from;
	uint32_t sum = 0;

	for (; length > 1; length -= 2)
		sum += *words++;
	sum = (sum >> 16) + (sum & 0xffff);
	return ~(sum + (sum >> 16));
}

static void icmp(long long bytes)
{
	int to = open_socket(SOCK_RAW, IPPROTO_ICMP);
	static char packet[8 + 1000];
	struct icmphdr *head = (void *)packet;

	head->type = ICMP_ECHO;
	head->checksum = checksum(packet, sizeof(packet));
	for (long long left = bytes; left > 0; left -= 1000)
		check(sendto(to, packet, sizeof(packet), 0, (void *)&peer, peer_length), "sendto");
	told(bytes + bytes / 1000 * 8);
}

static void raw(long long bytes)
{
	int to = open_socket(SOCK_RAW, 253);

	for (long long left = bytes; left > 0; left -= 1000)
		check(sendto(to, data, 1000, 0, (void *)&peer, peer_length), "sendto");
	told(bytes);
}

static void frames(long long bytes, int bypass)
{
	int to = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct sockaddr_ll where = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP),
				     .sll_ifindex = if_nametoindex("eth0") };
	static unsigned char frame[1000] = { 0x02, 0, 0, 0, 0, 9, 0x02, 0, 0, 0, 0, 1, 8, 0 };
	struct iphdr *ip = (void *)(frame + 14);

	check(to, "socket AF_PACKET");
	check(bind(to, (void *)&where, sizeof(where)), "bind");
	check(setsockopt(to, SOL_PACKET, PACKET_QDISC_BYPASS, &bypass, sizeof(bypass)), "bypass");
	*ip = (struct iphdr){ .version = 4, .ihl = 5, .tot_len = htons(986), .ttl = 64,
			      .protocol = IPPROTO_UDP };
	inet_pton(AF_INET, "192.0.2.10", &ip->saddr);
	inet_pton(AF_INET, address_text, &ip->daddr);
	ip->check = checksum(ip, 20);
	for (long long left = bytes; left > 0; left -= 1000)
		check(send(to, frame, sizeof(frame), 0), "send");
	told(bytes);
}

/* ---- sharing ---- */

static void fork_after_connect(long long bytes)
{
	int to = open_tcp();

	send_all(to, bytes / 4);
	told(bytes / 4);
	if (!fork()) {
		send_all(to, bytes - bytes / 4);
		told(bytes - bytes / 4);
		exit(0);
	}
	wait(NULL);
	finish(to);
}

static void hand_over(long long bytes)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec piece = { data, 1 };
	struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.room,
				  .msg_controllen = sizeof(control.room) };
	int ends[2], to;

	check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
	if (!fork()) {
		check(recvmsg(ends[1], &message, 0), "recvmsg");
		memcpy(&to, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(to));
		send_all(to, bytes);
		finish(to);
		told(bytes);
		exit(0);
	}
	to = open_tcp();
	CMSG_FIRSTHDR(&message)->cmsg_level = SOL_SOCKET;
	CMSG_FIRSTHDR(&message)->cmsg_type = SCM_RIGHTS;
	CMSG_FIRSTHDR(&message)->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &to, sizeof(to));
	check(sendmsg(ends[0], &message, 0), "sendmsg");
	close(to);
	wait(NULL);
}

static void serve(long long bytes)
{
	int server = open_socket(SOCK_STREAM, 0), to, on = 1;

	setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	check(bind(server, (void *)&peer, peer_length), "bind");
	check(listen(server, 8), "listen");
	printf("ready\n");
	fflush(stdout);
	to = accept(server, NULL, NULL);
	check(to, "accept");
	send_all(to, bytes);
	finish(to);
	told(bytes);
}

static void fetch(void)
{
	int from = open_tcp();

	while (read(from, data, CHUNK) > 0)
		;
}

static void old_socket(long long bytes)
{
	int to = open_tcp();

	wait_line();
	send_all(to, bytes);
	finish(to);
	told(bytes);
}

static void refused(void)
{
	int to = open_socket(SOCK_STREAM, 0);

	if (!connect(to, (void *)&peer, peer_length))
		exit(1);
	told(0);
}

static void timed_out(void)
{
	int to = open_socket(SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct pollfd wait_for = { .fd = to, .events = POLLOUT };

	connect(to, (void *)&peer, peer_length);
	poll(&wait_for, 1, 2500);
	told(0);
}

/* Reads a file and sends it in pieces, for about a second and a half. */
static void upload(const char *path)
{
	int from = open(path, O_RDONLY | O_CLOEXEC), to = open_tcp();
	struct sockaddr_storage own;
	socklen_t length = sizeof(own);
	struct timespec now;
	struct stat facts;
	ssize_t got;
	int piece;

	check(from, path);
	check(fstat(from, &facts), "fstat");
	piece = facts.st_size / 30 + 1 < CHUNK ? facts.st_size / 30 + 1 : CHUNK;
	check(getsockname(to, (void *)&own, &length), "getsockname");
	for (int i = 0; (got = read(from, data, piece)) > 0; i++) {
		if (!i) {
			clock_gettime(CLOCK_REALTIME, &now);
			printf("began %d %lld\n", ntohs(((struct sockaddr_in *)&own)->sin_port),
			       now.tv_sec * 1000000000ll + now.tv_nsec);
			fflush(stdout);
		}
		send_all(to, got);
		usleep(50000);
	}
	finish(to);
}

static void sctp(long long bytes)
{
	int to = socket(peer.ss_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP);

	if (to < 0) {
		printf("none\n");
		return;
	}
	check(connect(to, (void *)&peer, peer_length), "connect");
	send_all(to, bytes);
	told(bytes);
}

/* ---- the other end ---- */

static void take(int port)
{
	struct epoll_event events[256], event = { .events = EPOLLIN };
	int waiting = epoll_create1(0), on = 1, listeners[3 + 1], count = 0;
	struct rlimit limit = { 40000, 40000 };
	int kinds[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_DGRAM, SOCK_DGRAM };

	setrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i < 4; i++) {
		struct sockaddr_in6 at = { .sin6_family = AF_INET6,
					   .sin6_port = htons(port + (i ? i - 1 : 0)) };
		int made = socket(AF_INET6, kinds[i] | SOCK_NONBLOCK, 0), five = 5;

		check(made, "socket");
		setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		check(bind(made, (void *)&at, sizeof(at)), "bind");
		if (!i) {
			check(listen(made, 4096), "listen");
			setsockopt(made, IPPROTO_TCP, TCP_FASTOPEN, &five, sizeof(five));
		}
		listeners[count++] = made;
		event.data.fd = made;
		epoll_ctl(waiting, EPOLL_CTL_ADD, made, &event);
	}
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		int ready = epoll_wait(waiting, events, 256, -1);

		for (int i = 0; i < ready; i++) {
			int from = events[i].data.fd;

			if (from == listeners[0]) {
				event.data.fd = accept4(from, NULL, NULL, SOCK_NONBLOCK);
				if (event.data.fd >= 0)
					epoll_ctl(waiting, EPOLL_CTL_ADD, event.data.fd, &event);
			} else if (from == listeners[1] || from == listeners[2] || from == listeners[3]) {
				recv(from, data, CHUNK, 0);
			} else {
				ssize_t got = recv(from, NULL, 1 << 20, MSG_TRUNC);

				if (got == 0 || (got < 0 && errno != EAGAIN))
					close(from);
			}
		}
	}
}

int main(int count, char **words)
{
	const char *way = words[1];
	long long bytes;

	if (count != 5)
		return 2;
	address_text = words[2];
	set_peer(words[2], atoi(words[3]));
	bytes = atoll(words[4]);
	if (!strcmp(way, "take"))
		take(atoi(words[3]));
	else if (!strcmp(way, "fetch"))
		fetch();
	else if (!strcmp(way, "tcp"))
		tcp(bytes);
	else if (!strcmp(way, "short"))
		short_lived(bytes);
	else if (!strcmp(way, "rate"))
		rate(bytes);
	else if (!strcmp(way, "parallel"))
		parallel(bytes);
	else if (!strcmp(way, "idle"))
		idle(bytes, 10000);
	else if (!strcmp(way, "hold"))
		idle(0, bytes);
	else if (!strcmp(way, "sendfile"))
		send_file(bytes);
	else if (!strcmp(way, "splice"))
		splice_through(bytes);
	else if (!strcmp(way, "zerocopy"))
		zerocopy(bytes);
	else if (!strcmp(way, "writev"))
		write_vectors(bytes);
	else if (!strcmp(way, "fast-open"))
		fast_open(bytes);
	else if (!strcmp(way, "uring"))
		uring(bytes, IORING_OP_SEND, 0, 0);
	else if (!strcmp(way, "uring-worker"))
		uring(bytes, IORING_OP_SEND, IOSQE_ASYNC, 0);
	else if (!strcmp(way, "uring-zerocopy"))
		uring(bytes, IORING_OP_SEND_ZC, 0, 0);
	else if (!strcmp(way, "uring-thread"))
		uring(bytes, IORING_OP_SEND, 0, IORING_SETUP_SQPOLL);
	else if (!strcmp(way, "udp-connected"))
		udp_connected(bytes);
	else if (!strcmp(way, "udp-unconnected"))
		udp_unconnected(bytes);
	else if (!strcmp(way, "udp-many"))
		udp_many(bytes);
	else if (!strcmp(way, "udp-bulk"))
		udp_bulk(bytes);
	else if (!strcmp(way, "udp-fragments"))
		udp_fragments(bytes);
	else if (!strcmp(way, "icmp"))
		icmp(bytes);
	else if (!strcmp(way, "raw"))
		raw(bytes);
	else if (!strcmp(way, "frames"))
		frames(bytes, 0);
	else if (!strcmp(way, "frames-bypass"))
		frames(bytes, 1);
	else if (!strcmp(way, "fork"))
		fork_after_connect(bytes);
	else if (!strcmp(way, "hand-over"))
		hand_over(bytes);
	else if (!strcmp(way, "serve"))
		serve(bytes);
	else if (!strcmp(way, "old"))
		old_socket(bytes);
	else if (!strcmp(way, "refused"))
		refused();
	else if (!strcmp(way, "timed-out"))
		timed_out();
	else if (!strcmp(way, "file"))
		upload(words[4]);
	else if (!strcmp(way, "sctp"))
		sctp(bytes);
	else
		return 2;
	return 0;
}
