/* Captured packets: each layer's header as it may be, and not only as it mostly is. */
#include "trace/packet.h"

#include <netinet/in.h>
#include <pcap/dlt.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kit/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define BYTES(...)   (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })
#define WORD(number) (uint8_t)((number) >> 8), (uint8_t)((number)&255)
#define ZEROES_4     0, 0, 0, 0
#define ZEROES_12    ZEROES_4, ZEROES_4, ZEROES_4
#define ZEROES_15    ZEROES_12, 0, 0, 0

/* Headers.  Lengths are in bytes, and of IPv4's and TCP's header in words. */
#define ETHERNET(type) ZEROES_12, WORD(type)
#define VLAN(type)     WORD(5), WORD(type)
#define IPV4(words, total, fragment, protocol)                                                     \
	0x40 | (words), 0, WORD(total), WORD(1), WORD(fragment), 64, protocol, WORD(0), 127, 0, 0, \
		1, 127, 0, 0, 2
#define IPV6(payload, next)  0x60, 0, 0, 0, WORD(payload), next, 64, ZEROES_15, 1, ZEROES_15, 2
#define EXTENSION(next)      next, 0, 0, 0, ZEROES_4  /* 8 bytes */
#define LONG_EXTENSION(next) next, 1, 0, 0, ZEROES_12 /* 16 bytes */
#define UDP(length)          WORD(40001), WORD(7117), WORD(length), WORD(0)
#define TCP(words, flags)                                                                          \
	WORD(40001), WORD(7117), 0, 0, 0, 100, 0, 0, 0, 1, (words) << 4, flags, WORD(0), ZEROES_4
#define HELLO "hello"
#define FIVE  'h', 'e', 'l', 'l', 'o'

#define UDP4 33 /* bytes of IPv4 with UDP and five more */
#define TCP4 45 /* the same of TCP */

static const struct {
	const char *name;
	int link;
	const uint8_t *bytes;
	size_t length;
	const char *payload; /* NULL when it is not to be taken apart */
	bool ipv6;
} cases[] = {
	/* IPv4 */
	{ "udp", DLT_RAW, BYTES(IPV4(5, UDP4, 0, 17), UDP(13), FIVE), HELLO, false },
	{ "tcp", DLT_RAW, BYTES(IPV4(5, TCP4, 0, 6), TCP(5, 0x18), FIVE), HELLO, false },
	{ "not to be fragmented", DLT_RAW, BYTES(IPV4(5, UDP4, 0x4000, 17), UDP(13), FIVE), HELLO,
	  false },
	{ "the first fragment", DLT_RAW, BYTES(IPV4(5, UDP4, 0x2000, 17), UDP(13), FIVE), NULL,
	  false },
	{ "a later one", DLT_RAW, BYTES(IPV4(5, UDP4, 0x2001, 17), UDP(13), FIVE), NULL, false },
	{ "the last one", DLT_RAW, BYTES(IPV4(5, UDP4, 0x0001, 17), UDP(13), FIVE), NULL, false },
	{ "options", DLT_RAW, BYTES(IPV4(6, UDP4 + 4, 0, 17), ZEROES_4, UDP(13), FIVE), HELLO,
	  false },
	{ "most options", DLT_RAW,
	  BYTES(IPV4(15, UDP4 + 40, 0, 17), ZEROES_12, ZEROES_12, ZEROES_12, ZEROES_4, UDP(13),
		FIVE),
	  HELLO, false },
	{ "too short a header", DLT_RAW, BYTES(IPV4(4, UDP4, 0, 17), UDP(13), FIVE), NULL, false },
	{ "a header longer than the packet", DLT_RAW, BYTES(IPV4(15, UDP4, 0, 17), UDP(13), FIVE),
	  NULL, false },
	{ "a header beyond its own length", DLT_RAW, BYTES(IPV4(8, 28, 0, 17), UDP(13), FIVE), NULL,
	  false },
	{ "no length: it did not fit", DLT_RAW, BYTES(IPV4(5, 0, 0, 6), TCP(5, 0x18), FIVE), HELLO,
	  false },
	{ "what the link adds", DLT_EN10MB,
	  BYTES(ETHERNET(0x0800), IPV4(5, TCP4, 0, 6), TCP(5, 0x18), FIVE, ZEROES_4), HELLO,
	  false },
	{ "an acknowledgement, filled up to 60 bytes", DLT_EN10MB,
	  BYTES(ETHERNET(0x0800), IPV4(5, 40, 0, 6), TCP(5, 0x10), ZEROES_4, 0, 0), "", false },
	{ "another protocol", DLT_RAW, BYTES(IPV4(5, UDP4, 0, 1), UDP(13), FIVE), NULL, false },
	{ "another version", DLT_RAW, BYTES(0x55, ZEROES_15, ZEROES_15), NULL, false },
	/* IPv6 */
	{ "ipv6", DLT_RAW, BYTES(IPV6(13, 17), UDP(13), FIVE), HELLO, true },
	{ "ipv6, with what the link adds", DLT_RAW,
	  BYTES(IPV6(25, 6), TCP(5, 0x18), FIVE, ZEROES_4), HELLO, true },
	{ "ipv6, no length", DLT_RAW, BYTES(IPV6(0, 6), TCP(5, 0x18), FIVE), HELLO, true },
	{ "hop-by-hop options", DLT_RAW, BYTES(IPV6(21, 0), EXTENSION(17), UDP(13), FIVE), HELLO,
	  true },
	{ "routing", DLT_RAW, BYTES(IPV6(29, 43), LONG_EXTENSION(17), UDP(13), FIVE), HELLO, true },
	{ "three extensions", DLT_RAW,
	  BYTES(IPV6(45, 0), EXTENSION(60), LONG_EXTENSION(43), EXTENSION(17), UDP(13), FIVE),
	  HELLO, true },
	{ "a fragment", DLT_RAW, BYTES(IPV6(21, 44), EXTENSION(17), UDP(13), FIVE), NULL, false },
	{ "an extension without an end", DLT_RAW, BYTES(IPV6(8, 0), EXTENSION(0)), NULL, false },
	/* UDP and TCP */
	{ "udp, shorter than ip says", DLT_RAW, BYTES(IPV4(5, 37, 0, 17), UDP(13), FIVE, ZEROES_4),
	  HELLO, false },
	{ "udp, longer than what was captured", DLT_RAW, BYTES(IPV4(5, 99, 0, 17), UDP(79), FIVE),
	  HELLO, false },
	{ "udp, no length", DLT_RAW, BYTES(IPV4(5, UDP4, 0, 17), UDP(0), FIVE), HELLO, false },
	{ "udp, too short a length", DLT_RAW, BYTES(IPV4(5, UDP4, 0, 17), UDP(4), FIVE), HELLO,
	  false },
	{ "udp, empty", DLT_RAW, BYTES(IPV4(5, 28, 0, 17), UDP(8)), "", false },
	{ "tcp options", DLT_RAW, BYTES(IPV4(5, 57, 0, 6), TCP(8, 0x18), ZEROES_12, FIVE), HELLO,
	  false },
	{ "too short a tcp header", DLT_RAW, BYTES(IPV4(5, TCP4, 0, 6), TCP(4, 0x18), FIVE), NULL,
	  false },
	{ "a tcp header beyond the packet", DLT_RAW,
	  BYTES(IPV4(5, TCP4, 0, 6), TCP(15, 0x18), FIVE), NULL, false },
	/* links */
	{ "ethernet", DLT_EN10MB, BYTES(ETHERNET(0x0800), IPV4(5, UDP4, 0, 17), UDP(13), FIVE),
	  HELLO, false },
	{ "ethernet, ipv6", DLT_EN10MB, BYTES(ETHERNET(0x86dd), IPV6(13, 17), UDP(13), FIVE), HELLO,
	  true },
	{ "arp", DLT_EN10MB, BYTES(ETHERNET(0x0806), IPV4(5, UDP4, 0, 17), UDP(13), FIVE), NULL,
	  false },
	{ "a vlan", DLT_EN10MB,
	  BYTES(ETHERNET(0x8100), VLAN(0x0800), IPV4(5, UDP4, 0, 17), UDP(13), FIVE), HELLO,
	  false },
	{ "a vlan in another", DLT_EN10MB,
	  BYTES(ETHERNET(0x8100), VLAN(0x8100), VLAN(0x86dd), IPV6(13, 17), UDP(13), FIVE), HELLO,
	  true },
	{ "arp in a vlan", DLT_EN10MB,
	  BYTES(ETHERNET(0x8100), VLAN(0x0806), IPV4(5, UDP4, 0, 17), UDP(13), FIVE), NULL, false },
	{ "cooked", DLT_LINUX_SLL,
	  BYTES(ZEROES_12, 0, 0, WORD(0x0800), IPV4(5, UDP4, 0, 17), UDP(13), FIVE), HELLO, false },
	{ "cooked, version 2", DLT_LINUX_SLL2,
	  BYTES(WORD(0x0800), ZEROES_15, 0, 0, 0, IPV4(5, UDP4, 0, 17), UDP(13), FIVE), HELLO,
	  false },
	{ "loopback", DLT_NULL, BYTES(2, 0, 0, 0, IPV4(5, UDP4, 0, 17), UDP(13), FIVE), HELLO,
	  false },
	{ "loopback of openbsd", DLT_LOOP, BYTES(0, 0, 0, 2, IPV4(5, UDP4, 0, 17), UDP(13), FIVE),
	  HELLO, false },
	{ "ipv4 alone", DLT_IPV4, BYTES(IPV4(5, UDP4, 0, 17), UDP(13), FIVE), HELLO, false },
	{ "ipv6 alone", DLT_IPV6, BYTES(IPV6(13, 17), UDP(13), FIVE), HELLO, true },
};

static void check_packet(size_t i, const struct packet *packet)
{
	const char *name = cases[i].name;

	CHECK_THAT(packet->length == strlen(cases[i].payload), "%s: %zu bytes", name,
		   packet->length);
	if (packet->length == strlen(cases[i].payload))
		CHECK_THAT(memcmp(packet->payload, cases[i].payload, packet->length) == 0,
			   "%s: another payload", name);
	CHECK_STR(packet->from, cases[i].ipv6 ? "[::1]:40001" : "127.0.0.1:40001");
	CHECK_STR(packet->to, cases[i].ipv6 ? "[::2]:7117" : "127.0.0.2:7117");
	if (packet->tcp)
		CHECK_INT(packet->sequence, 100);
}

static void test_packets(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct packet packet;
		bool taken = packet_parse(cases[i].link, cases[i].bytes, cases[i].length, &packet);

		CU_ASSERT(packet_link_known(cases[i].link));
		CHECK_THAT(taken == (cases[i].payload != NULL), "%s: %d", cases[i].name, taken);
		if (taken && cases[i].payload)
			check_packet(i, &packet);
	}
}

/* A SYN takes a number itself, so what follows it has the next one. */
static void test_syn(void)
{
	static const uint8_t bytes[] = { IPV4(5, TCP4, 0, 6), TCP(5, 0x02), FIVE };
	struct packet packet;

	CU_ASSERT(packet_parse(DLT_RAW, bytes, sizeof(bytes), &packet));
	CU_ASSERT(packet.syn && packet.tcp);
	CHECK_INT(packet.sequence, 101);
}

/* However much of a packet was captured, nothing beyond that is read: what is behind it is not
 * ours.  A part of the payload is better than none. */
static void test_cut_off(void)
{
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t length = 0; length < cases[i].length; length++) {
			uint8_t *copy = malloc(length ? length : 1); /* AddressSanitizer looks on */
			struct packet packet;

			memcpy(copy, cases[i].bytes, length);
			if (packet_parse(cases[i].link, copy, length, &packet))
				CHECK_THAT(packet.payload >= copy &&
						   packet.payload + packet.length <= copy + length,
					   "%s, %zu bytes of it", cases[i].name, length);
			free(copy);
		}
}

static void test_links(void)
{
	CU_ASSERT(!packet_link_known(DLT_IEEE802_11));
	CU_ASSERT(!packet_link_known(DLT_USB_LINUX));
}

int main(void)
{
	static const struct test tests[] = {
		{ "packets of every kind", test_packets },
		{ "a SYN with a payload", test_syn },
		{ "packets that are cut off", test_cut_off },
		{ "links that are not known", test_links },
		{ NULL, NULL },
	};

	return harness_run("packet", tests);
}
