/* Explains whole inputs: hex dumps and pcap files. */
#include <errno.h>
#include <pcap/pcap.h>
#include <string.h>

#include "client/failures.h"
#include "trace/decode.h"
#include "trace/hexdump.h"

#define MOST_KEPT ((size_t)256 << 20) /* bytes */

/* What is to be said when all is shown: the count, and what was not understood. */
static int conclude_input(struct decoder *decoder, struct failure *failure)
{
	if (!decoder->messages) {
		failure_set(failure, FAILURE_DATA, "there is no message of rpc or raw in it");
		failure_advise(failure, "Is it a hex dump of whole messages, or a pcap file of "
					"TCP or UDP?");
		return failure->code;
	}
	fputc('\n', decoder->out);
	trace_print_count(decoder->out, &decoder->sent, &decoder->received);
	if (decoder->unclear)
		return failure_set(failure, FAILURE_DATA,
				   "%zu of %zu messages are not understood to their last byte",
				   decoder->unclear, decoder->messages);
	return 0;
}

/* ---- hex dumps ---- */

int decode_hexdump(struct decoder *decoder, const struct buffer *input, struct failure *failure)
{
	struct hexdump dump = { .text = (const char *)input->data, .length = input->length };
	struct buffer block = { 0 };
	unsigned int line;
	int r;

	do {
		line = dump.line + 1;
		r = hexdump_next(&dump, &block, failure);
		if (r == 1 && decode_block(decoder, block.data, block.length) < 0) {
			r = -EBADMSG;
			failure_set(failure, FAILURE_DATA,
				    "the %zu bytes from line %u on are no message of rpc or raw",
				    block.length, line);
		}
	} while (r == 1);
	buffer_release(&block);
	if (r == -ENOMEM)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	return r < 0 ? (int)failure->code : conclude_input(decoder, failure);
}

/* ---- pcap files ---- */

bool is_capture(const struct buffer *input)
{
	static const uint8_t magics[][4] = {
		{ 0xa1, 0xb2, 0xc3, 0xd4 }, { 0xd4, 0xc3, 0xb2, 0xa1 }, { 0xa1, 0xb2, 0x3c, 0x4d },
		{ 0x4d, 0x3c, 0xb2, 0xa1 }, { 0x0a, 0x0d, 0x0d, 0x0a },
	};

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (input->length >= 4 && memcmp(input->data, magics[i], 4) == 0)
			return true;
	return false;
}

/* A pcap file that is being read. */
struct capture {
	struct decoder *decoder;
	struct flows flows;
	int link;
	size_t number; /* of the packet, from 1 */
	struct timeval first;
};

static int take_packet(struct capture *capture, const struct pcap_pkthdr *header,
		       const uint8_t *bytes)
{
	struct timeval since;
	struct packet packet;
	struct flow *flow;
	char when[64];
	int r, over;

	if (capture->number++ == 0)
		capture->first = header->ts;
	timersub(&header->ts, &capture->first, &since);
	snprintf(when, sizeof(when), "packet %zu, %lld.%06ld s:", capture->number,
		 (long long)since.tv_sec, (long)since.tv_usec);
	if (!packet_parse(capture->link, bytes, header->caplen, &packet)) {
		capture->decoder->other++;
		return 0;
	}
	r = flows_find(&capture->flows, &packet, &flow);
	if (r < 0)
		return r;
	if (!flow->tcp)
		return decode_datagram(capture->decoder, flow, packet.payload, packet.length, when);
	r = flow_take(flow, &packet);
	if (r == 0)
		r = decode_stream(capture->decoder, &capture->flows, flow, false, when);
	over = flows_count(&capture->flows, flow);
	return r ? r : over;
}

/* Shows what is left over when the capture ends.  How many bytes it lacks, or -ENOMEM. */
static ssize_t finish_block(struct capture *capture)
{
	ssize_t lost = 0;

	for (size_t i = 0; i < capture->flows.count; i++) {
		struct flow *flow = capture->flows.list[i];
		int r = flow_finish(flow);

		if (r == 0)
			r = decode_stream(capture->decoder, &capture->flows, flow, true,
					  "at the end:");
		if (r < 0)
			return r;
		lost += flow->protocol == FLOW_FOREIGN ? 0 : (ssize_t)flow->lost;
	}
	return lost;
}

static int give_up(const struct capture *capture, int why, struct failure *failure)
{
	if (why == -ENOMEM)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	failure_set(failure, FAILURE_DATA,
		    "there are more than %zu streams in it, or more than %zu MiB that wait for "
		    "bytes that are missing",
		    FLOWS_MAX, capture->flows.limit >> 20);
	failure_advise(failure, "Take a part of it: tcpdump -r FILE -w PART port 7117");
	return failure->code;
}

static int read_packets(struct capture *capture, pcap_t *pcap, struct failure *failure)
{
	struct pcap_pkthdr *header;
	const uint8_t *bytes;
	ssize_t lost;
	int r, code;

	while ((r = pcap_next_ex(pcap, &header, &bytes)) == 1) {
		r = take_packet(capture, header, bytes);
		if (r < 0)
			return give_up(capture, r, failure);
	}
	lost = finish_block(capture);
	if (lost < 0)
		return failure_set(failure, FAILURE_SYSTEM, "out of memory");
	code = conclude_input(capture->decoder, failure);
	if (capture->decoder->other)
		fprintf(capture->decoder->out,
			"%zu packets and streams are neither rpc nor raw, and left out\n",
			capture->decoder->other);
	if (r == PCAP_ERROR)
		return failure_set(failure, FAILURE_DATA, "the pcap file is damaged: %s",
				   pcap_geterr(pcap));
	if (code == 0 && lost)
		return failure_set(failure, FAILURE_DATA,
				   "the capture lacks %zd bytes of the streams in it", lost);
	return code;
}

int decode_capture(struct decoder *decoder, const struct buffer *input, struct failure *failure)
{
	const size_t most_kept = decoder->most_kept ? decoder->most_kept : MOST_KEPT;
	struct capture capture = { .decoder = decoder, .flows.limit = most_kept };
	char why[PCAP_ERRBUF_SIZE];
	FILE *file = fmemopen(input->data, input->length, "r");
	pcap_t *pcap;
	int code;

	if (!file)
		return failure_system(failure, errno, "reading the pcap file");
	pcap = pcap_fopen_offline(file, why);
	if (!pcap) {
		fclose(file);
		return failure_set(failure, FAILURE_DATA, "the pcap file is damaged: %s", why);
	}
	capture.link = pcap_datalink(pcap);
	if (packet_link_known(capture.link))
		code = read_packets(&capture, pcap, failure);
	else
		code = failure_set(failure, FAILURE_DATA,
				   "packets of the link type %d (%s) cannot be taken apart",
				   capture.link, pcap_datalink_val_to_name(capture.link));
	pcap_close(pcap);
	flows_release(&capture.flows);
	return code;
}
