/* Writes pcap files: packets of TCP and UDP made up around given bytes. */
#include "tests/kit/capture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "common/buffer.h"

#define SNAPLEN  262144 /* bytes */
#define ETHERNET 1

static void put(struct buffer *out, size_t size, uint32_t number)
{
	for (size_t i = size; i-- > 0;) {
		uint8_t byte = (uint8_t)(number >> 8 * i);

		buffer_append(out, &byte, 1);
	}
}

static void put_zeroes(struct buffer *out, size_t count)
{
	while (count--)
		put(out, 1, 0);
}

/* In the order of the machine that captures. */
static void put_native(struct buffer *out, uint32_t number)
{
	buffer_append(out, &number, sizeof(number));
}

static void put_link(struct buffer *out, const struct capture_file *capture)
{
	put_zeroes(out, 12);
	put(out, 2, capture->ipv6 ? 0x86dd : 0x0800);
}

static void put_ip(struct buffer *out, const struct capture_file *capture, bool tcp, size_t length)
{
	const uint32_t protocol = tcp ? IPPROTO_TCP : IPPROTO_UDP;

	if (capture->ipv6) {
		put(out, 4, 0x60000000);
		put(out, 2, (uint32_t)length);
		put(out, 2, protocol << 8 | 64);
		for (int i = 0; i < 2; i++) {
			put_zeroes(out, 15);
			put(out, 1, 1);
		}
		return;
	}
	put(out, 4, 0x45000000 | (uint32_t)(length + 20));
	put(out, 4, 0x00004000); /* not to be fragmented */
	put(out, 4, 64U << 24 | protocol << 16);
	put(out, 4, INADDR_LOOPBACK);
	put(out, 4, INADDR_LOOPBACK);
}

static void put_transport(struct buffer *out, const struct capture_packet *packet)
{
	put(out, 2, packet->from);
	put(out, 2, packet->to);
	if (!packet->tcp) {
		put(out, 2, (uint32_t)packet->length + 8);
		put(out, 2, 0);
		return;
	}
	put(out, 4, packet->sequence);
	put(out, 4, packet->acknowledged ? packet->acknowledged : 1);
	put(out, 2, 0x5000 | (packet->syn ? 0x02 : 0x18));
	put(out, 2, 65535);
	put(out, 4, 0);
}

void capture_begin(struct capture_file *capture, FILE *file, bool ipv6)
{
	struct buffer head = { 0 };

	*capture = (struct capture_file){ .file = file, .ipv6 = ipv6 };
	put_native(&head, 0xa1b2c3d4);
	put_native(&head, 2 | 4U << 16); /* version 2.4, on a little-endian machine */
	put_native(&head, 0);
	put_native(&head, 0);
	put_native(&head, SNAPLEN);
	put_native(&head, ETHERNET);
	fwrite(head.data, 1, head.length, file);
	buffer_release(&head);
}

void capture_add(struct capture_file *capture, const struct capture_packet *packet)
{
	struct buffer bytes = { 0 }, head = { 0 };

	put_link(&bytes, capture);
	put_ip(&bytes, capture, packet->tcp, packet->length + (packet->tcp ? 20 : 8));
	put_transport(&bytes, packet);
	if (packet->length)
		buffer_append(&bytes, packet->bytes, packet->length);
	put_native(&head, 1795424617);
	put_native(&head, capture->packets++ * 1000);
	put_native(&head, (uint32_t)bytes.length);
	put_native(&head, (uint32_t)bytes.length);
	fwrite(head.data, 1, head.length, capture->file);
	fwrite(bytes.data, 1, bytes.length, capture->file);
	buffer_release(&head);
	buffer_release(&bytes);
}
