/* Two documents held against each other: what became better, what became worse. */
#include "client/compare/against.h"

#include <stdlib.h>
#include <string.h>

/* ---- which members are figures ---- */

static const struct kind {
	const char *ending; /* of the key */
	bool more;          /* more of it is better */
	bool exact;         /* needs no bounds */
} kinds[] = {
	{ "_bytes", false, true },
	{ "_system_calls", false, true },
	{ "_ns", false, false },
	{ "per_second", true, false },
};

static const struct kind *kind_of(const char *key)
{
	size_t length = strlen(key);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t ending = strlen(kinds[i].ending);

		if (length >= ending && strcmp(key + length - ending, kinds[i].ending) == 0)
			return &kinds[i];
	}
	return NULL;
}

struct figure_bounds {
	double low, high;
};

/* The bounds of a figure; false when it has none, and needs some. */
static bool bounds_of(const json_t *object, const char *key, const struct kind *kind,
		      struct figure_bounds *bounds)
{
	const json_t *value = json_object_get(object, key), *low, *high;
	char name[128];

	if (!json_is_number(value))
		return false;
	bounds->low = bounds->high = json_number_value(value);
	snprintf(name, sizeof(name), "%s_low", key);
	low = json_object_get(object, name);
	snprintf(name, sizeof(name), "%s_high", key);
	high = json_object_get(object, name);
	if (!json_is_number(low) || !json_is_number(high))
		return kind->exact;
	bounds->low = json_number_value(low);
	bounds->high = json_number_value(high);
	return true;
}

/* ---- the walk through both documents ---- */

struct walk {
	json_int_t better, worse, tied;
	json_t *rows;
};

/* "better", "worse", or NULL for a tie. */
static const char *judge(const struct kind *kind, const struct figure_bounds *old,
			 const struct figure_bounds *new)
{
	if (new->low > old->high)
		return kind->more ? "better" : "worse";
	if (new->high < old->low)
		return kind->more ? "worse" : "better";
	return NULL;
}

static void compare_figure(struct walk *walk, const char *where, const char *key, const json_t *old,
			   const json_t *new)
{
	const struct kind *kind = kind_of(key);
	struct figure_bounds before, after;
	const char *verdict;
	char *figure;

	if (!kind || !bounds_of(old, key, kind, &before) || !bounds_of(new, key, kind, &after))
		return;
	verdict = judge(kind, &before, &after);
	if (!verdict) {
		walk->tied++;
		return;
	}
	if (strcmp(verdict, "worse") == 0)
		walk->worse++;
	else
		walk->better++;
	if (asprintf(&figure, "%s: %s", where, key) < 0)
		return;
	json_array_append_new(walk->rows, json_pack("{s:s,s:O,s:O,s:s}", "figure", figure, "old",
						    json_object_get(old, key), "new",
						    json_object_get(new, key), "verdict", verdict));
	free(figure);
}

/* Whether a member says what an object is about, and not what was found: a text, or one of the
 * numbers that are chosen. */
static bool is_name(const char *key, const json_t *value)
{
	static const char *const chosen[] = { "connections", "depth", "in_flight", "payload",
					      "percent" };

	if (json_is_string(value))
		return strcmp(key, "command") != 0;
	for (size_t i = 0; i < sizeof(chosen) / sizeof(chosen[0]); i++)
		if (strcmp(key, chosen[i]) == 0)
			return true;
	return false;
}

static bool same_thing(const json_t *one, const json_t *other)
{
	const json_t *value;
	const char *key;
	bool named = false;

	json_object_foreach ((json_t *)one, key, value) {
		if (!is_name(key, value))
			continue;
		if (!json_equal(value, json_object_get(other, key)))
			return false;
		named = true;
	}
	return named;
}

/* The object of an array that is about the same; most often it stands at the same place. */
static const json_t *find_same(const json_t *array, const json_t *wanted, size_t at)
{
	const json_t *candidate = json_array_get(array, at);
	size_t i;

	if (same_thing(wanted, candidate))
		return candidate;
	json_array_foreach (array, i, candidate)
		if (same_thing(wanted, candidate))
			return candidate;
	return NULL;
}

/* What an object of an array is called: its names, behind where the array is.  To be freed. */
static char *name_object(const char *where, const json_t *object)
{
	char *name = strdup(where);
	const json_t *value;
	const char *key;

	json_object_foreach ((json_t *)object, key, value) {
		char *longer, number[32] = "";

		if (!name || !is_name(key, value))
			continue;
		if (json_is_integer(value))
			snprintf(number, sizeof(number), "%s %lld", key,
				 (long long)json_integer_value(value));
		if (asprintf(&longer, "%s %s", name,
			     json_is_string(value) ? json_string_value(value) : number) < 0)
			longer = NULL;
		free(name);
		name = longer;
	}
	return name;
}

static void compare_values(struct walk *walk, const char *where, const json_t *old,
			   const json_t *new);

static void compare_objects(struct walk *walk, const char *where, const json_t *old,
			    const json_t *new)
{
	const json_t *value;
	const char *key;

	json_object_foreach ((json_t *)new, key, value) {
		char *inner;

		if (json_is_number(value)) {
			compare_figure(walk, where, key, old, new);
		} else if (asprintf(&inner, "%s%s%s", where, where[0] ? " " : "", key) >= 0) {
			compare_values(walk, inner, json_object_get(old, key), value);
			free(inner);
		}
	}
}

static void compare_arrays(struct walk *walk, const char *where, const json_t *old,
			   const json_t *new)
{
	const json_t *object;
	size_t i;

	json_array_foreach (new, i, object) {
		const json_t *same = json_is_object(object) ? find_same(old, object, i) : NULL;
		char *name = same ? name_object(where, object) : NULL;

		if (name)
			compare_objects(walk, name, same, object);
		free(name);
	}
}

/* The documents are a few levels deep: they come from jansson, which bounds that. */
static void compare_values(struct walk *walk, const char *where, const json_t *old,
			   const json_t *new)
{
	if (json_is_object(old) && json_is_object(new))
		compare_objects(walk, where, old, new);
	else if (json_is_array(old) && json_is_array(new))
		compare_arrays(walk, where, old, new);
}

json_t *against_make(const json_t *old, const json_t *new, struct failure *failure)
{
	static const char *const left_out[] = { "machine", "verdict", "against" };
	struct walk walk = { .rows = json_array() };
	json_t *compared = json_copy((json_t *)new), *against;

	for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
		json_object_del(compared, left_out[i]);
	compare_values(&walk, "", old, compared);
	json_decref(compared);
	against = json_pack(
		"{s:I,s:I,s:I,s:b,s:o}", "better", walk.better, "worse", walk.worse, "tied",
		walk.tied, "same_machine",
		json_equal(json_object_get(old, "machine"), json_object_get(new, "machine")),
		"rows", walk.rows);
	if (json_is_string(json_object_get(old, "date")))
		json_object_set(against, "old_date", json_object_get(old, "date"));
	if (walk.better + walk.worse + walk.tied)
		return against;
	json_decref(against);
	failure_set(failure, FAILURE_DATA, "the two documents have no figure in common");
	return NULL;
}

bool against_is_worse(const json_t *against)
{
	return json_integer_value(json_object_get(against, "worse")) > 0;
}

/* ---- shown ---- */

static const struct column columns[] = {
	{ "figure", "figure", FIGURE_TEXT },
	{ "old", "old", FIGURE_COUNT },
	{ "new", "new", FIGURE_COUNT },
	{ "verdict", "verdict", FIGURE_TEXT },
	{ 0 },
};

/* One sentence that counts.  To be freed. */
static char *summary(const json_t *against)
{
	const char *date = json_string_value(json_object_get(against, "old_date"));
	char *text;

	if (asprintf(&text,
		     "Against the comparison of %s: %lld figures better, %lld worse, %lld tied "
		     "within their spread.%s",
		     date ? date : "an unknown date",
		     (long long)json_integer_value(json_object_get(against, "better")),
		     (long long)json_integer_value(json_object_get(against, "worse")),
		     (long long)json_integer_value(json_object_get(against, "tied")),
		     json_is_true(json_object_get(against, "same_machine"))
			     ? ""
			     : " It was made on another machine, or with other versions.") < 0)
		return NULL;
	return text;
}

void against_print(const json_t *against, const struct text *out)
{
	const json_t *rows = json_object_get(against, "rows");
	char *text = summary(against);

	text_name(out, text ? text : "");
	putc('\n', out->file);
	free(text);
	if (json_array_size(rows))
		grid_print(out, rows, columns);
}

void against_write(const json_t *against, struct html *html)
{
	const json_t *rows = json_object_get(against, "rows");
	char *text = summary(against);

	html_element(html, "p", "%s", text ? text : "");
	free(text);
	if (json_array_size(rows))
		html_table(html, "What is not tied", "/against/rows", rows, columns);
}
