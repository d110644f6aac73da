/* What is wrong with a text, and where. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "contract/reading.h"

#define MOST_COMPLAINTS 100

/* A complaint's place in the order of the texts. */
struct complained {
	struct position at;
	size_t order;
};

static bool ends_line(char c)
{
	return c == '\n' || c == '\r';
}

static void locate_complaint(struct complaint *complaint, struct position at)
{
	const char *text = at.source->text;
	size_t begin = 0, end;

	complaint->file = at.source->name;
	complaint->line = 1;
	for (size_t i = 0; i < at.offset; i++)
		if (ends_line(text[i]) &&
		    !(text[i] == '\r' && i + 1 < at.source->length && text[i + 1] == '\n')) {
			complaint->line++;
			begin = i + 1;
		}
	for (end = begin; end < at.source->length && !ends_line(text[end]);)
		end++;
	complaint->column = (unsigned int)(at.offset - begin + 1);
	complaint->source = text + begin;
	complaint->source_length = end - begin;
}

static void complain_of(struct reading *reading, struct position at, bool note, const char *format,
			va_list arguments)
{
	struct complained *place;
	struct complaint *complaint;

	if (reading->quiet)
		return;
	reading->contract.error_count += !note;
	if (reading->complaints.count == MOST_COMPLAINTS)
		return;
	place = reading_grow(reading, &reading->complained, sizeof(*place));
	*place = (struct complained){ at, reading->complaints.count };
	complaint = reading_grow(reading, &reading->complaints, sizeof(*complaint));
	complaint->note = note;
	locate_complaint(complaint, at);
	vsnprintf(complaint->text, sizeof(complaint->text), format, arguments);
}

void reading_error(struct reading *reading, struct position at, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain_of(reading, at, false, format, arguments);
	va_end(arguments);
}

void reading_note(struct reading *reading, struct position at, const char *format, ...)
{
	va_list arguments;

	if (at.source->predefined)
		return;
	va_start(arguments, format);
	complain_of(reading, at, true, format, arguments);
	va_end(arguments);
}

static int compare_places(const struct position *a, const struct position *b)
{
	if (a->source != b->source)
		return a->source->number < b->source->number ? -1 : 1;
	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static int compare_complained(const void *a, const void *b)
{
	const struct complained *one = a, *other = b;
	int order = compare_places(&one->at, &other->at);

	return order ? order : one->order < other->order ? -1 : 1;
}

void reading_sort_complaints(struct reading *reading)
{
	struct complained *places = reading->complained.items;
	size_t count = reading->complaints.count;
	struct complaint *sorted = reading_take(reading, (count + 1) * sizeof(*sorted));

	if (count)
		qsort(places, count, sizeof(*places), compare_complained);
	for (size_t i = 0; i < count; i++)
		sorted[i] = ((struct complaint *)reading->complaints.items)[places[i].order];
	reading->contract.complaints = sorted;
	reading->contract.complaint_count = count;
}

/* One character of a line: a question mark in place of what a terminal would act upon.  Its bytes.
 */
static size_t show_character(FILE *to, const char *at)
{
	const unsigned char *byte = (const unsigned char *)at;
	size_t length = text_character(at);
	bool control = length == 2 ? byte[0] == 0xc2 && byte[1] < 0xa0
				   : length < 2 && *at != '\t' && (*byte < ' ' || *byte >= 0x7f);

	if (control)
		putc('?', to);
	else
		fwrite(at, 1, length, to);
	return length ? length : 1;
}

/* The caret stands below the place when tabs are as wide as above. */
static void draw_caret(FILE *to, const struct complaint *complaint)
{
	size_t before = complaint->column - 1;

	for (size_t i = 0; i < before && i < complaint->source_length;) {
		size_t bytes = text_character(complaint->source + i);

		putc(complaint->source[i] == '\t' ? '\t' : ' ', to);
		i += bytes ? bytes : 1;
	}
	fputs("^\n", to);
}

void contract_complain(FILE *to, const struct complaint *complaint)
{
	fprintf(to, "%s:%u:%u: %s", complaint->file, complaint->line, complaint->column,
		complaint->note ? "note: " : "");
	for (size_t i = 0; complaint->text[i];)
		i += show_character(to, complaint->text + i);
	putc('\n', to);
	for (size_t i = 0; i < complaint->source_length;)
		i += show_character(to, complaint->source + i);
	putc('\n', to);
	draw_caret(to, complaint);
}

/* ---- what must not be there twice ---- */

static int compare_unique(const void *a, const void *b)
{
	const struct unique *one = a, *other = b;
	int order = one->name ? strcmp(one->name, other->name)
			      : integer_compare(one->number, other->number);

	return order ? order : one->order < other->order ? -1 : one->order > other->order;
}

void reading_refuse_doubled(struct reading *reading, struct unique *all, size_t count,
			    const char *what)
{
	char figures[INTEGER_ROOM];

	for (size_t i = 0; i < count; i++)
		all[i].order = i;
	if (count > 1)
		qsort(all, count, sizeof(*all), compare_unique);
	for (size_t i = 1; i < count; i++)
		if (all[i].name ? strcmp(all[i].name, all[i - 1].name) == 0
				: integer_compare(all[i].number, all[i - 1].number) == 0)
			reading_error(reading, all[i].at, "there is a %s %s already", what,
				      all[i].name ? all[i].name
						  : integer_text(all[i].number, figures));
}
