/* A raw server as who learns to write one writes it: right, but for one fault. */
#include "tests/kit/student.h"

#include <endian.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/framing.h"
#include "common/fork.h"
#include "common/raw.h"
#include "common/rendezvous.h"
#include "server/service/calc.h"
#include "tests/kit/student_faults.h"

/* Those of all processes. */
static struct caller_registers registers;

static void share_registers(void)
{
	registers.all = mmap(NULL, sizeof(*registers.all), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	registers_init(registers.all);
}

/* ---- one call ---- */

static enum raw_status operate(struct unpacker *in, struct packer *out,
			       void (*calculate)(const calc_operands *, calc_result *))
{
	calc_operands operands;
	calc_result result;

	raw_unpack_operands(in, &operands);
	if (!unpacked_exactly(in))
		return RAW_BAD_REQUEST;
	calculate(&operands, &result);
	raw_pack_result(out, &result);
	return RAW_OK;
}

static enum raw_status evaluate(struct unpacker *in, struct packer *out)
{
	calc_evaluation evaluation;
	calc_expression expression;
	bool well;

	raw_unpack_expression(in, &expression);
	well = unpacked_exactly(in);
	if (well) {
		calc_evaluate(&expression, &evaluation);
		raw_pack_evaluation(out, &evaluation);
	}
	free(expression);
	return well ? RAW_OK : RAW_BAD_REQUEST;
}

static enum raw_status summarize(struct unpacker *in, struct packer *out)
{
	calc_summary_result result;
	calc_values values;
	bool well;

	raw_unpack_values(in, &values);
	well = unpacked_exactly(in);
	if (well) {
		calc_summarize(&values, &result);
		raw_pack_summary_result(out, &result);
	}
	free(values.calc_values_val);
	return well ? RAW_OK : RAW_BAD_REQUEST;
}

static enum raw_status accumulate(struct unpacker *in, struct packer *out)
{
	calc_accumulation accumulation;
	calc_result result;
	bool well;

	raw_unpack_accumulation(in, &accumulation);
	well = unpacked_exactly(in);
	if (well) {
		calc_accumulate(&registers, &accumulation, &result);
		raw_pack_result(out, &result);
	}
	free(accumulation.name);
	return well ? RAW_OK : RAW_BAD_REQUEST;
}

static enum raw_status dispatch(const struct raw_call *call, struct unpacker *in,
				struct packer *out)
{
	static void (*const arithmetic[])(const calc_operands *, calc_result *) = {
		[RAW_ADD] = calc_add,
		[RAW_SUBTRACT] = calc_subtract,
		[RAW_MULTIPLY] = calc_multiply,
		[RAW_DIVIDE] = calc_divide,
	};

	if (call->version != RAW_VERSION)
		return RAW_BAD_VERSION;
	switch (call->operation) {
	case RAW_NULL:
		return in->left ? RAW_BAD_REQUEST : RAW_OK;
	case RAW_ADD ... RAW_DIVIDE:
		return operate(in, out, arithmetic[call->operation]);
	case RAW_EVALUATE:
		return evaluate(in, out);
	case RAW_SUMMARIZE:
		return summarize(in, out);
	case RAW_ACCUMULATE:
		return accumulate(in, out);
	default:
		return RAW_BAD_OPERATION;
	}
}

/* Behind the length that goes in front.  False: it is no call. */
static bool answer(const uint8_t *bytes, size_t length, struct buffer *reply, const char *fault)
{
	struct unpacker in = { .bytes = bytes, .left = length };
	struct buffer result = { 0 };
	struct packer out = { .out = &result, .limit = FRAMING_MAX_MESSAGE };
	struct packer header = { .out = reply, .limit = RAW_HEADER };
	struct raw_call call;
	enum raw_status status;

	raw_unpack_call(&in, &call);
	if (in.failed)
		return false;
	status = dispatch(&call, &in, &out);
	status = spoil_answer(&call, status, bytes, &result, fault);
	raw_pack_reply(&header, &(struct raw_reply){ call.id, call.operation, (uint16_t)status });
	if (status == RAW_OK)
		buffer_append(reply, result.data, result.length);
	buffer_release(&result);
	spoil_reply(reply, fault);
	return true;
}

/* ---- a stream of calls ---- */

static bool read_all(int in, uint8_t *bytes, size_t length)
{
	while (length) {
		ssize_t n = read(in, bytes, length);

		if (n <= 0)
			return false;
		bytes += n;
		length -= (size_t)n;
	}
	return true;
}

/* A message behind its length.  Its length; 0: there is none (any more). */
static size_t next_call(int in, uint8_t bytes[FRAMING_MAX_MESSAGE], const char *fault)
{
	uint32_t length;

	if (is_fault(fault, "one-read"))
		return one_read(in, bytes);
	if (!read_all(in, (uint8_t *)&length, sizeof(length)))
		return 0;
	length = be32toh(length);
	if (length < RAW_HEADER || length > FRAMING_MAX_MESSAGE || !read_all(in, bytes, length))
		return 0;
	return length;
}

static void serve(int in, int out, const char *fault)
{
	static uint8_t bytes[FRAMING_MAX_MESSAGE];
	struct buffer reply = { 0 };
	unsigned int calls = 0;
	size_t length;

	signal(SIGPIPE, SIG_IGN);
	while ((length = next_call(in, bytes, fault)) > 0 && answer(bytes, length, &reply, fault)) {
		send_reply(out, &reply, fault);
		reply.length = 0;
		if (is_last(++calls, fault))
			break;
	}
	buffer_release(&reply);
}

/* ---- where clients come from ---- */

int student_serve_pipe(const char *fault)
{
	share_registers();
	begin_pipe(fault);
	serve(STDIN_FILENO, STDOUT_FILENO, fault);
	return end_pipe(fault);
}

int student_serve_socket(int listener, const char *fault)
{
	signal(SIGCHLD, SIG_IGN);
	share_registers();
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		bool alone = is_fault(fault, "one-client");

		if (fd >= 0 && (alone || fork_tied() == 0)) {
			serve(fd, fd, fault);
			if (!alone)
				_exit(EXIT_SUCCESS);
		}
		close(fd);
	}
}

int student_serve_datagrams(int fd, const char *fault)
{
	static uint8_t bytes[FRAMING_MAX_MESSAGE];
	struct buffer reply = { 0 };
	struct sockaddr_storage from;

	share_registers();
	for (;;) {
		socklen_t length = sizeof(from);
		ssize_t n = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from,
				     &length);

		reply.length = 0;
		if (n >= 0 && answer(bytes, (size_t)n, &reply, fault) && !is_lost(&reply, fault))
			sendto(fd, reply.data, reply.length, 0, (struct sockaddr *)&from, length);
	}
}

static void serve_greeting(const struct endpoint *endpoint, uint64_t number, const char *fault)
{
	struct rendezvous_pair pair;
	int in, out;

	rendezvous_pair(endpoint, number, &pair);
	if (!open_pair(&pair, &in, &out, fault))
		return;
	if (welcome(&pair, number, &in, out, fault)) {
		settle_pair(in, out, fault);
		serve(in, out, fault);
	}
	close(in);
	close(out);
}

int student_serve_fifos(const char *directory, const char *fault, int ready)
{
	struct endpoint endpoint = { .protocol = ENDPOINT_RAW, .transport = ENDPOINT_FIFO };
	int known;
	uint64_t number;

	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	snprintf(endpoint.path, sizeof(endpoint.path), "%s", directory);
	share_registers();
	known = open_known_fifo(&endpoint, fault);
	if (write(ready, "", 1) != 1)
		return EXIT_FAILURE;
	await_client(known);
	while (next_greeting(known, &number, fault)) {
		if (is_fault(fault, "one-client") || is_fault(fault, "dies-with-client"))
			serve_greeting(&endpoint, number, fault);
		else if (fork_tied() == 0) {
			serve_greeting(&endpoint, number, fault);
			_exit(EXIT_SUCCESS);
		}
	}
	return EXIT_SUCCESS;
}
