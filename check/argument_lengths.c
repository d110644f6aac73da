/* Faults of data and arrays: their lengths, their bounds, and what fills them up. */
#include "check/argument_lengths.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#define MOST_OVER  4096       /* bytes, or items, of a bound that is overstepped */
#define MOST_BYTES (48 << 10) /* of such arguments, which a datagram has to carry */
#define ANY_TAKES  8192       /* bytes of a message that any server takes: libtirpc's, 8,800 */
#define WORD       sizeof(uint32_t)

static int begin_field(struct buffer *field, uint32_t length)
{
	const uint32_t word = htobe32(length);

	return buffer_append(field, &word, sizeof(word));
}

static size_t padded(size_t length)
{
	return (length + WORD - 1) / WORD * WORD;
}

static bool is_data(const struct type *type)
{
	return type->kind == TYPE_STRING || type->kind == TYPE_BYTES;
}

/* One byte more than the bound. */
static int make_longer_data(struct buffer *field, uint32_t bound)
{
	static const uint8_t data[MOST_OVER + 2 * WORD];
	int r = begin_field(field, bound + 1);

	return r ? r : buffer_append(field, data, padded(bound + 1));
}

/* One item more than the bound, all as in the example.  An example without one leaves it empty. */
static int make_longer_array(const struct making *making, const struct walk *walk,
			     struct buffer *field)
{
	const size_t begin = walk->at + WORD, count = (size_t)walk->number;
	const size_t size = count ? (field_end(making, walk) - begin) / count : 0;
	int r;

	if (!size || (walk->type->bound + 1) * size > MOST_BYTES)
		return -EMSGSIZE;
	r = begin_field(field, walk->type->bound + 1);
	for (uint32_t i = 0; r == 0 && i <= walk->type->bound; i++)
		r = buffer_append(field, making->example.data + begin, size);
	return r;
}

static bool spoil_bound(const struct making *making, const struct walk *walk)
{
	struct buffer field = { 0 };
	bool more = true;

	if (walk->type->bound <= MOST_OVER &&
	    (is_data(walk->type) ? make_longer_data(&field, walk->type->bound)
				 : make_longer_array(making, walk, &field)) == 0)
		more = hand_out_instead(making,
					field.length > ANY_TAKES ? &fault_over_bound_long
								 : &fault_over_bound,
					walk, &field, 0, WORD);
	buffer_release(&field);
	return more;
}

/* Whether the example with another length is any value: what is behind it may make it one. */
static bool is_value(const struct making *making, const struct walk *walk, uint32_t number)
{
	const uint32_t word = htobe32(number);
	struct buffer arguments = { 0 };
	struct walk other = { 0 };
	enum walk_step step;

	if (buffer_copy(&arguments, &making->example) < 0)
		return true;
	memcpy(arguments.data + walk->at, &word, sizeof(word));
	walk_begin(&other, making->procedure->arguments, WALK_XDR, arguments.data,
		   arguments.length);
	while ((step = walk_next(&other)) > WALK_END)
		;
	walk_release(&other);
	buffer_release(&arguments);
	return step == WALK_END;
}

/* One byte beyond the padding, or one item, that is not there.  Beyond its bound it would break two
 * rules. */
static bool spoil_end(const struct making *making, const struct walk *walk)
{
	const size_t there = (size_t)walk->number;
	const uint32_t length = (uint32_t)(is_data(walk->type) ? padded(there) : there) + 1;

	return length > walk->type->bound || is_value(making, walk, length) ||
	       hand_out_number(making, &fault_length_beyond, walk, length);
}

/* A byte, and three to fill it up, of which the last one is none. */
static bool spoil_padding(const struct making *making, const struct walk *walk)
{
	static const uint8_t data[WORD] = { 't', 0, 0, 1 };
	struct buffer field = { 0 };
	bool more = true;

	if (walk->type->bound && begin_field(&field, 1) == 0 &&
	    buffer_append(&field, data, sizeof(data)) == 0)
		more = hand_out_instead(making, &fault_padding, walk, &field, WORD + 1, WORD - 1);
	buffer_release(&field);
	return more;
}

bool spoil_fixed(const struct making *making, const struct walk *walk)
{
	return walk->type->kind != TYPE_OPAQUE ||
	       hand_out_byte(making, &fault_padding, walk, walk->at + walk->size - 1);
}

bool spoil_length(const struct making *making, const struct walk *walk)
{
	return hand_out_number(making, &fault_length_huge, walk, UINT32_MAX) &&
	       spoil_end(making, walk) && spoil_bound(making, walk) &&
	       (!is_data(walk->type) || spoil_padding(making, walk));
}
