/* Questions about the two ends of connections that were seen. */
#include "quiz/ends.h"

#include <stdlib.h>
#include <string.h>

struct ends {
	char client[96], server[96]; /* "ADDRESS:PORT" */
};

/* False: they have no ports. */
static bool take_apart(const struct seen_channel *channel, struct ends *ends)
{
	const char *middle = strstr(channel->peers, " and ");

	if (!middle || !endpoint_has_host(&channel->endpoint))
		return false;
	snprintf(ends->client, sizeof(ends->client), "%.*s", (int)(middle - channel->peers),
		 channel->peers);
	snprintf(ends->server, sizeof(ends->server), "%.90s", middle + 5);
	return strrchr(ends->client, ':') && strrchr(ends->server, ':');
}

static const char *port_of(const char *end)
{
	return strrchr(end, ':') + 1;
}

static struct quiz_question *ask(struct quiz_questions *questions,
				 const struct seen_channel *channel, const char *about)
{
	struct quiz_question *question = question_add(questions);

	if (question) {
		question->kind = "ends";
		question->about = about;
		question->rpc = channel->rpc;
	}
	return question;
}

/* By number, for a port of the client's is another one each time. */
static void ask_client(struct quiz_questions *questions, const struct seen_channel *channel,
		       const struct ends *ends, bool first)
{
	char name[ENDPOINT_MAX_TEXT];
	struct quiz_question *question = ask(questions, channel, "client");

	if (!question)
		return;
	endpoint_format(&channel->endpoint, name);
	snprintf(question->shown, sizeof(question->shown), "1  %.90s\n2  %.90s",
		 first ? ends->client : ends->server, first ? ends->server : ends->client);
	snprintf(question->text, sizeof(question->text),
		 "These are the ends of a connection to %.200s. Which is the client's, 1 or 2?",
		 name);
	snprintf(question->right, sizeof(question->right), "%d", first ? 1 : 2);
	snprintf(question->also, sizeof(question->also), "%.60s", port_of(ends->client));
	snprintf(question->why, sizeof(question->why),
		 "The client has to know the server's port, %.10s. Its own one, %.10s, is any that "
		 "was free, above 1024: the system chose it.",
		 port_of(ends->server), port_of(ends->client));
}

static void ask_second(struct quiz_questions *questions, const struct seen_channel *channel,
		       const struct ends *first, const struct ends *second)
{
	struct quiz_question *question = ask(questions, channel, "second");

	if (!question)
		return;
	snprintf(question->shown, sizeof(question->shown), "%.90s and %.90s\n%.90s and %.*s:____",
		 first->client, first->server, second->client,
		 (int)(port_of(second->server) - 1 - second->server), second->server);
	snprintf(question->text, sizeof(question->text),
		 "Two connections, at the same time. Which port is missing?");
	snprintf(question->right, sizeof(question->right), "%.60s", port_of(second->server));
	snprintf(question->why, sizeof(question->why),
		 "One port of the server's serves any number of clients: the pair of both ends "
		 "names a connection, and the client's end is another one.");
}

void ask_about_ends(struct quiz_questions *questions, const struct seen *seen)
{
	for (size_t i = 0; i < seen->channel_count; i++) {
		const struct seen_channel *channel = &seen->channels[i];
		struct ends ends, second;

		if (!take_apart(channel, &ends))
			continue;
		ask_client(questions, channel, &ends, i % 2 == 0);
		if (i + 1 < seen->channel_count && channel[1].rpc == channel->rpc &&
		    take_apart(&channel[1], &second))
			ask_second(questions, channel, &ends, &second);
	}
}
