/* Captured packets taken apart: whole, cut, padded, in fragments, and damaged. */
#include "client/trace/packet.h"

#include <pcap/dlt.h>
#include <string.h>

#include "tests/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define PAYLOAD 8 /* bytes in each of these */

/* From 10.0.0.1:1234 to 10.0.0.2:7117, without a link. */
static const uint8_t udp4[] = {
	0x45, 0, 0,    36,   0,    1,    0, 0,  64, 17, 0,   0,   10,  0,   0,   1,   10,  0,
	0,    2, 0x04, 0xd2, 0x1b, 0xcd, 0, 16, 0,  0,  'p', 'a', 'y', 'l', 'o', 'a', 'd', '.',
};
static const uint8_t tcp4[] = {
	0x45, 0,    0, 48, 0,    1,    0,    0,    64,  6,   0,   0,   10,  0,   0,   1,
	10,   0,    0, 2,  0x04, 0xd2, 0x1b, 0xcd, 0,   0,   1,   0,   0,   0,   0,   0,
	0x50, 0x18, 0, 0,  0,    0,    0,    0,    'p', 'a', 'y', 'l', 'o', 'a', 'd', '.',
};
/* From [fd00::1]:1234 to [fd00::2]:7117. */
static const uint8_t udp6[] = {
	0x60, 0, 0,    0,    0,    16,   17, 64, 0xfd, 0, 0,   0,   0,   0,   0,   0,   0,   0,   0,
	0,    0, 0,    0,    1,    0xfd, 0,  0,  0,    0, 0,   0,   0,   0,   0,   0,   0,   0,   0,
	0,    2, 0x04, 0xd2, 0x1b, 0xcd, 0,  16, 0,    0, 'p', 'a', 'y', 'l', 'o', 'a', 'd', '.',
};

#define UDP4 udp4, sizeof(udp4)
#define TCP4 tcp4, sizeof(tcp4)
#define UDP6 udp6, sizeof(udp6)

/* A packet with other bytes in one place. */
static const struct {
	const char *name;
	const uint8_t *bytes;
	size_t length;
	size_t at;
	uint8_t other[2];
	int payload; /* bytes; -1: it is no packet */
	bool cut;
} cases[] = {
	{ "udp", UDP4, 0, { 0x45, 0 }, 8, false },
	{ "version 5", UDP4, 0, { 0x55, 0 }, -1, false },
	{ "a header too short", UDP4, 0, { 0x44, 0 }, -1, false },
	{ "a header beyond the packet", UDP4, 0, { 0x4f, 0 }, -1, false },
	{ "of a length that did not fit", UDP4, 2, { 0, 0 }, 8, false },
	{ "padded by the link", UDP4, 2, { 0, 32 }, 4, true },
	{ "longer than what was captured", UDP4, 2, { 0, 40 }, 8, true },
	{ "more fragments follow", UDP4, 6, { 0x20, 0 }, -1, false },
	{ "a later fragment", UDP4, 6, { 0, 1 }, -1, false },
	{ "the last fragment there can be", UDP4, 6, { 0x1f, 0xff }, -1, false },
	{ "not to be fragmented", UDP4, 6, { 0x40, 0 }, 8, false },
	{ "ICMP", UDP4, 9, { 1, 0 }, -1, false },
	{ "udp without a length", UDP4, 24, { 0, 0 }, 8, false },
	{ "udp shorter than its header", UDP4, 24, { 0, 7 }, 8, false },
	{ "udp without a payload", UDP4, 24, { 0, 8 }, 0, false },
	{ "udp, padded", UDP4, 24, { 0, 12 }, 4, false },
	{ "udp, cut", UDP4, 24, { 0, 17 }, 8, true },
	{ "tcp", TCP4, 0, { 0x45, 0 }, 8, false },
	{ "tcp's header too short", TCP4, 32, { 0x40, 0x18 }, -1, false },
	{ "tcp with options", TCP4, 32, { 0x60, 0x18 }, 4, false },
	{ "tcp with nothing but options", TCP4, 32, { 0x70, 0x18 }, 0, false },
	{ "tcp's header beyond the packet", TCP4, 32, { 0x80, 0x18 }, -1, false },
	{ "udp over IPv6", UDP6, 0, { 0x60, 0 }, 8, false },
	{ "IPv6 of a length that did not fit", UDP6, 4, { 0, 0 }, 8, false },
	{ "IPv6, padded by the link", UDP6, 4, { 0, 12 }, 4, true },
	{ "IPv6, cut", UDP6, 4, { 0, 17 }, 8, true },
	{ "a fragment of IPv6", UDP6, 6, { 44, 64 }, -1, false },
};

static void test_cases(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t bytes[64];
		struct packet packet;
		int payload;

		memcpy(bytes, cases[i].bytes, cases[i].length);
		memcpy(bytes + cases[i].at, cases[i].other, 2);
		payload = packet_parse(DLT_RAW, bytes, cases[i].length, &packet)
				  ? (int)packet.length
				  : -1;
		CHECK_THAT(payload == cases[i].payload, "%s: %d bytes, not %d", cases[i].name,
			   payload, cases[i].payload);
		if (payload < 0)
			continue;
		CHECK_THAT(packet.cut == cases[i].cut, "%s: cut is %d", cases[i].name, packet.cut);
		CU_ASSERT(packet.payload + packet.length <= bytes + cases[i].length);
	}
}

static void test_addresses(void)
{
	struct packet packet;

	CU_ASSERT(packet_parse(DLT_RAW, UDP4, &packet));
	CHECK_STR(packet.from, "10.0.0.1:1234");
	CHECK_STR(packet.to, "10.0.0.2:7117");
	CU_ASSERT(!packet.tcp);
	CU_ASSERT(packet_parse(DLT_RAW, UDP6, &packet));
	CHECK_STR(packet.from, "[fd00::1]:1234");
	CHECK_STR(packet.to, "[fd00::2]:7117");
	CHECK_BYTES(packet.payload, "payload.", PAYLOAD);
	CU_ASSERT(packet_parse(DLT_RAW, TCP4, &packet));
	CHECK_STR(packet.from, "10.0.0.1:1234");
	CU_ASSERT(packet.tcp);
}

/* A SYN takes a number of its own. */
static void test_sequence(void)
{
	uint8_t bytes[sizeof(tcp4)];
	struct packet packet;

	memcpy(bytes, tcp4, sizeof(tcp4));
	CU_ASSERT(packet_parse(DLT_RAW, bytes, sizeof(bytes), &packet));
	CHECK_INT(packet.sequence, 256);
	CU_ASSERT(!packet.syn);
	bytes[33] = 0x02;
	CU_ASSERT(packet_parse(DLT_RAW, bytes, sizeof(bytes), &packet));
	CHECK_INT(packet.sequence, 257);
	CU_ASSERT(packet.syn);
	memset(bytes + 24, 0xff, 4);
	CU_ASSERT(packet_parse(DLT_RAW, bytes, sizeof(bytes), &packet));
	CHECK_INT(packet.sequence, 0);
}

/* Of what was captured in part there is as much as there is. */
static void check_cut_everywhere(const uint8_t *bytes, size_t length)
{
	const size_t headers = length - PAYLOAD;
	struct packet packet;

	for (size_t cut = 0; cut < length; cut++) {
		bool parsed = packet_parse(DLT_RAW, bytes, cut, &packet);

		CHECK_THAT(parsed == (cut >= headers), "%zu of %zu bytes", cut, length);
		if (!parsed)
			continue;
		CHECK_INT(packet.length, cut - headers);
		CU_ASSERT(packet.cut);
	}
}

static void test_cut_everywhere(void)
{
	check_cut_everywhere(UDP4);
	check_cut_everywhere(TCP4);
	check_cut_everywhere(UDP6);
}

/* ---- links ---- */

/* What stands before the packet. */
static const struct {
	const char *name;
	int link;
	size_t length;
	uint8_t bytes[32];
	bool parsed;
} links[] = {
	{ "none", DLT_RAW, 0, { 0 }, true },
	{ "loopback", DLT_NULL, 4, { 2 }, true },
	{ "Ethernet", DLT_EN10MB, 14, { [12] = 0x08, 0x00 }, true },
	{ "ARP", DLT_EN10MB, 14, { [12] = 0x08, 0x06 }, false },
	{ "a VLAN", DLT_EN10MB, 18, { [12] = 0x81, 0x00, [16] = 0x08, 0x00 }, true },
	{ "ARP in a VLAN", DLT_EN10MB, 18, { [12] = 0x81, 0x00, [16] = 0x08, 0x06 }, false },
	{ "two VLANs",
	  DLT_EN10MB,
	  22,
	  { [12] = 0x81, 0x00, [16] = 0x81, 0x00, [20] = 0x08, 0x00 },
	  true },
	{ "three VLANs",
	  DLT_EN10MB,
	  26,
	  { [12] = 0x81, 0x00, [16] = 0x81, 0x00, [20] = 0x81, 0x00, [24] = 0x08, 0x00 },
	  false },
	{ "any device", DLT_LINUX_SLL, 16, { [14] = 0x08, 0x00 }, true },
	{ "any device, second version", DLT_LINUX_SLL2, 20, { 0x08, 0x00 }, true },
};

static void test_links(void)
{
	for (size_t i = 0; i < COUNT(links); i++) {
		uint8_t bytes[32 + sizeof(udp4)];
		struct packet packet;
		bool parsed;

		CU_ASSERT(packet_link_known(links[i].link));
		memcpy(bytes, links[i].bytes, links[i].length);
		memcpy(bytes + links[i].length, udp4, sizeof(udp4));
		parsed = packet_parse(links[i].link, bytes, links[i].length + sizeof(udp4),
				      &packet);
		CHECK_THAT(parsed == links[i].parsed, "%s: %d", links[i].name, parsed);
		if (parsed)
			CHECK_STR(packet.to, "10.0.0.2:7117");
		/* Less than the link's own header is no packet. */
		for (size_t cut = 0; cut < links[i].length; cut++)
			CU_ASSERT(!packet_parse(links[i].link, bytes, cut, &packet));
	}
	CU_ASSERT(!packet_link_known(DLT_IEEE802_11));
}

/* ---- IPv6's extensions ---- */

/* So many headers of eight bytes between that of IPv6 and that of UDP. */
static bool parse_extended(int count, uint8_t kind, struct packet *packet)
{
	uint8_t bytes[sizeof(udp6) + 80];
	size_t length = 40;

	memcpy(bytes, udp6, 40);
	bytes[5] = (uint8_t)(16 + 8 * count);
	bytes[6] = count ? kind : 17;
	for (int i = 0; i < count; i++, length += 8)
		memcpy(bytes + length, (const uint8_t[8]){ i + 1 < count ? kind : 17 }, 8);
	memcpy(bytes + length, udp6 + 40, sizeof(udp6) - 40);
	return packet_parse(DLT_RAW, bytes, length + sizeof(udp6) - 40, packet);
}

static void test_extensions(void)
{
	static const uint8_t kinds[] = { 0, 43, 60 }; /* hop by hop, routing, destination */
	struct packet packet;

	for (size_t i = 0; i < COUNT(kinds); i++)
		for (int count = 0; count <= 8; count++) {
			CU_ASSERT(parse_extended(count, kinds[i], &packet));
			CHECK_STR(packet.to, "[fd00::2]:7117");
			CHECK_INT(packet.length, PAYLOAD);
		}
	CU_ASSERT(!parse_extended(9, 0, &packet)); /* nobody sends so many */
	CU_ASSERT(!parse_extended(1, 44, &packet));
}

static const struct test tests[] = {
	{ "whole and damaged", test_cases },
	{ "addresses", test_addresses },
	{ "sequence numbers", test_sequence },
	{ "cut everywhere", test_cut_everywhere },
	{ "links", test_links },
	{ "extensions of IPv6", test_extensions },
	{ NULL, NULL },
};

int main(void)
{
	return harness_run("packet", tests);
}
