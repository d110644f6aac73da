/* Peers: who is who, what is counted of them, and down again. */
#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/runtime/peer.h"
#include "tests/kit/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LOCAL_USER   1000

/* ---- who is who ---- */

static struct sockaddr_storage address_of(const char *host, in_port_t port)
{
	struct sockaddr_storage address = { .ss_family = strchr(host, ':') ? AF_INET6 : AF_INET };
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address;
	struct sockaddr_in *in = (struct sockaddr_in *)&address;

	if (address.ss_family == AF_INET6)
		in6->sin6_port = htons(port);
	else
		in->sin_port = htons(port);
	CHECK_INT(inet_pton(address.ss_family, host,
			    address.ss_family == AF_INET6 ? (void *)&in6->sin6_addr
							  : (void *)&in->sin_addr),
		  1);
	return address;
}

static bool is_same(const struct peer_id *a, const struct peer_id *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static void check_name(const struct peer_id *id, const char *expected)
{
	char name[PEER_NAME];

	peer_name(id, name);
	CHECK_STR(name, expected);
}

/* Two who send datagrams: whether they are one peer, and what the first is called. */
static void test_datagrams(void)
{
	static const struct {
		const char *host, *other, *name;
		bool same;
	} cases[] = {
		{ "127.0.0.1", "127.0.0.1", "127.0.0.1", true },
		{ "127.0.0.1", "127.0.0.2", "127.0.0.1", false },
		{ "192.0.2.1", "192.0.3.1", "192.0.2.1", false },
		{ "2001:db8::1", "2001:db8::2", "2001:db8::/64", true },
		{ "2001:db8::1", "2001:db8::ffff:1:2:3", "2001:db8::/64", true },
		{ "2001:db8:0:1::1", "2001:db8:0:2::1", "2001:db8:0:1::/64", false },
		{ "2001:db8::1", "2001:db9::1", "2001:db8::/64", false },
		{ "::1", "127.0.0.1", "::/64", false },
		/* in its IPv6 form, as at a socket for both */
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.2", "192.0.2.1", false },
		{ "::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1", true },
		{ "::ffff:192.0.2.1", "::1", "192.0.2.1", false },
		{ "::fffe:192.0.2.1", "::192.0.2.2", "::/64", true },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct sockaddr_storage a = address_of(cases[i].host, 1);
		struct sockaddr_storage b = address_of(cases[i].other, 2); /* ports do not count */
		struct peer_id one = peer_of_datagram(&a), other = peer_of_datagram(&b);

		CHECK_THAT(is_same(&one, &other) == cases[i].same, "%s and %s", cases[i].host,
			   cases[i].other);
		check_name(&one, cases[i].name);
	}
}

/* The server's end of a connection from one address of this machine to another. */
static int accept_from(const char *host)
{
	struct sockaddr_storage address = address_of(host, 0);
	socklen_t length = sizeof(address);
	int listener = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int client = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), server = -1;

	if (bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 1) == 0 &&
	    bind(client, (struct sockaddr *)&address, length) == 0 &&
	    getsockname(listener, (struct sockaddr *)&address, &length) == 0 &&
	    connect(client, (struct sockaddr *)&address, length) == 0)
		server = accept(listener, NULL, NULL);
	close(client);
	close(listener);
	return server;
}

static struct peer_id accepted_from(const char *host)
{
	int fd = accept_from(host);
	struct peer_id id = peer_of_socket(fd);

	CU_ASSERT(fd >= 0);
	close(fd);
	return id;
}

/* A connection is its address's, whatever the port; who sends datagrams is another peer. */
static void test_connections(void)
{
	struct sockaddr_storage address = address_of("127.0.0.2", 1);
	struct peer_id first = accepted_from("127.0.0.2"), again = accepted_from("127.0.0.2");
	struct peer_id other = accepted_from("127.0.0.1");
	struct peer_id datagrams = peer_of_datagram(&address);

	check_name(&first, "127.0.0.2");
	CU_ASSERT(is_same(&first, &again));
	CU_ASSERT(!is_same(&first, &other));
	CU_ASSERT(!is_same(&first, &datagrams));
	CU_ASSERT(!peer_is_here(&first));
}

static void test_ipv6_connection(void)
{
	int fd = accept_from("::1");
	struct peer_id id;

	if (fd < 0) {
		harness_skip("no IPv6");
		return;
	}
	id = peer_of_socket(fd);
	CHECK_INT(id.family, AF_INET6);
	check_name(&id, "::/64");
	close(fd);
}

static void test_users(void)
{
	struct peer_id id, self = peer_of_user(geteuid()), other = peer_of_user(LOCAL_USER + 1);
	struct peer_id user = peer_of_user(LOCAL_USER);
	int fds[2];

	CU_ASSERT_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
	id = peer_of_socket(fds[0]);
	CU_ASSERT(is_same(&id, &self));
	CU_ASSERT(peer_is_here(&id));
	CU_ASSERT(!is_same(&user, &other));
	check_name(&user, "user 1000");
	close(fds[0]);
	close(fds[1]);
	CU_ASSERT_FATAL(pipe(fds) == 0);
	id = peer_of_socket(fds[0]);
	CHECK_INT(id.family, AF_UNSPEC);
	check_name(&id, "a client");
	close(fds[0]);
	close(fds[1]);
}

/* ---- all of them ---- */

static struct peer *take_user(struct peers *peers, uid_t user)
{
	struct peer_id id = peer_of_user(user);
	struct peer *peer = peers_take(peers, &id);

	CU_ASSERT_FATAL(peer != NULL);
	return peer;
}

static unsigned int count_peers(const struct peers *peers)
{
	unsigned int count = 0;

	for (int i = 0; i < PEERS_CHAINS; i++)
		for (const struct peer *peer = peers->chains[i]; peer; peer = peer->next)
			count++;
	return count;
}

/* More than there are chains, so that some share one; each is found until it was dropped as often
 * as it was taken. */
static void test_references(void)
{
	enum { USERS = 3 * PEERS_CHAINS };
	static struct peer *taken[USERS];
	struct peers peers;

	CU_ASSERT_FATAL(peers_init(&peers, 2) == 0);
	for (uid_t user = 0; user < USERS; user++)
		taken[user] = take_user(&peers, user);
	CHECK_INT(count_peers(&peers), USERS);
	for (uid_t user = 0; user < USERS; user++)
		CU_ASSERT(take_user(&peers, user) == taken[user]);
	for (uid_t user = 0; user < USERS; user++)
		peers_drop(&peers, taken[user]);
	CHECK_INT(count_peers(&peers), USERS);
	for (uid_t user = 0; user < USERS; user += 2)
		peers_drop(&peers, taken[user]);
	CHECK_INT(count_peers(&peers), USERS / 2);
	for (uid_t user = 1; user < USERS; user += 2) {
		CU_ASSERT(take_user(&peers, user) == taken[user]);
		peers_drop(&peers, taken[user]);
		peers_drop(&peers, taken[user]);
	}
	CHECK_INT(count_peers(&peers), 0);
	peers_release(&peers);
}

/* ---- limits, and down again ---- */

static const char *enter(struct peers *peers, struct peer *peer, const struct peer_limits *limits)
{
	static const char *const names[] = { [PEERS_NO_LIMIT] = "in",
					     [PEERS_OF_PEER] = "--max-per-address",
					     [PEERS_OF_ALL] = "--max-connections",
					     [PEERS_DESCRIPTORS] = "ulimit -n" };

	return names[peers_enter(peers, peer, 2, limits)];
}

/* Of two peers the first has two connections, of two descriptors each; another of his, and one of
 * the other's, get in or do not. */
static void test_limits(void)
{
	static const struct {
		struct peer_limits limits;
		const char *own, *others;
	} cases[] = {
		{ { 3, 3, 6, false }, "in", "in" },
		{ { 2, 9, 99, false }, "--max-connections", "--max-connections" },
		{ { 9, 2, 99, false }, "--max-per-address", "in" },
		{ { 9, 9, 5, false }, "ulimit -n", "ulimit -n" },
		{ { 2, 2, 4, false }, "--max-per-address", "--max-connections" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct peer_limits *limits = &cases[i].limits;
		struct peer *first, *other;
		struct peers peers;

		CU_ASSERT_FATAL(peers_init(&peers, 1) == 0);
		first = take_user(&peers, 1);
		other = take_user(&peers, 2);
		for (int round = 0; round < 3; round++) { /* a count that stays up shows then */
			CHECK_STR(enter(&peers, first, limits), "in");
			CHECK_STR(enter(&peers, first, limits), "in");
			CHECK_STR(enter(&peers, first, limits), cases[i].own);
			if (strcmp(cases[i].own, "in") == 0)
				peers_leave(&peers, first, 2);
			CHECK_STR(enter(&peers, other, limits), cases[i].others);
			if (strcmp(cases[i].others, "in") == 0)
				peers_leave(&peers, other, 2);
			CHECK_INT(peers.connections, 2);
			CHECK_INT(peers.descriptors, 4);
			peers_leave(&peers, first, 2);
			CHECK_STR(enter(&peers, other, limits), "in");
			peers_leave(&peers, other, 2);
			peers_leave(&peers, first, 2);
			CHECK_INT(peers.connections, 0);
			CHECK_INT(peers.descriptors, 0);
			CHECK_INT(first->connections, 0);
			CHECK_INT(other->connections, 0);
		}
		peers_drop(&peers, first);
		peers_drop(&peers, other);
		peers_release(&peers);
	}
}

/* Who is let in beyond the limit counts, too. */
static void test_let_in(void)
{
	static const struct peer_limits limits = { 1, 9, 9, false };
	struct peer *first, *other;
	struct peers peers;

	CU_ASSERT_FATAL(peers_init(&peers, 1) == 0);
	first = take_user(&peers, 1);
	other = take_user(&peers, 2);
	CHECK_STR(enter(&peers, first, &limits), "in");
	CHECK_INT(peers_are_too_many(&peers, &limits), false);
	peers_let_in(&peers, other, 2);
	CHECK_INT(peers.connections, 2);
	CHECK_INT(other->connections, 1);
	CHECK_INT(peers_are_too_many(&peers, &limits), true);
	peers_leave(&peers, first, 2);
	CHECK_INT(peers_are_too_many(&peers, &limits), false);
	CHECK_STR(enter(&peers, first, &limits), "--max-connections");
	peers_leave(&peers, other, 2);
	CHECK_STR(enter(&peers, first, &limits), "in");
	peers_leave(&peers, first, 2);
	peers_drop(&peers, first);
	peers_drop(&peers, other);
	peers_release(&peers);
}

/* ---- who has most ---- */

static void check_most(struct peers *peers, struct peer *(*most)(struct peers *peers),
		       const struct peer *expected)
{
	struct peer *peer = most(peers);

	CU_ASSERT(peer == expected);
	if (!peer)
		return;
	CHECK_INT(peer->references, 2); /* ours, and this one */
	peers_drop(peers, peer);
}

static void test_most_connected(void)
{
	static const struct peer_limits limits = { UINT_MAX, UINT_MAX, UINT_MAX, false };
	struct peer *first, *other;
	struct peers peers;

	CU_ASSERT_FATAL(peers_init(&peers, 1) == 0);
	first = take_user(&peers, 1);
	other = take_user(&peers, 2);
	check_most(&peers, peers_most_connected, NULL);
	enter(&peers, other, &limits);
	check_most(&peers, peers_most_connected, other);
	enter(&peers, first, &limits);
	enter(&peers, first, &limits);
	check_most(&peers, peers_most_connected, first);
	peers_leave(&peers, first, 2);
	peers_leave(&peers, first, 2);
	check_most(&peers, peers_most_connected, other);
	peers_leave(&peers, other, 2);
	check_most(&peers, peers_most_connected, NULL);
	peers_drop(&peers, first);
	peers_drop(&peers, other);
	peers_release(&peers);
}

/* Only who has a connection can make way by ending one. */
static void test_most_holding(void)
{
	static const struct peer_limits limits = { UINT_MAX, UINT_MAX, UINT_MAX, false };
	struct peer *first, *other;
	struct peers peers;

	CU_ASSERT_FATAL(peers_init(&peers, 1) == 0);
	first = take_user(&peers, 1);
	other = take_user(&peers, 2);
	peer_hold(&peers, first, 100);
	check_most(&peers, peers_most_holding, NULL);
	enter(&peers, first, &limits);
	enter(&peers, other, &limits);
	check_most(&peers, peers_most_holding, first);
	peer_hold(&peers, other, 101);
	CHECK_INT(peers.held, 201);
	check_most(&peers, peers_most_holding, other);
	peer_let_go(&peers, other, 101);
	check_most(&peers, peers_most_holding, first);
	peer_let_go(&peers, first, 100);
	CHECK_INT(peers.held, 0);
	check_most(&peers, peers_most_holding, NULL);
	peers_leave(&peers, first, 2);
	peers_leave(&peers, other, 2);
	peers_drop(&peers, first);
	peers_drop(&peers, other);
	peers_release(&peers);
}

int main(void)
{
	static const struct test tests[] = {
		{ "who sends datagrams", test_datagrams },
		{ "who connects", test_connections },
		{ "who connects by IPv6", test_ipv6_connection },
		{ "users of this machine", test_users },
		{ "kept as long as it was taken", test_references },
		{ "limits, and down again", test_limits },
		{ "let in although it is too much", test_let_in },
		{ "who has most connections", test_most_connected },
		{ "who holds most", test_most_holding },
		{ NULL, NULL },
	};

	return harness_run("peer", tests);
}
