/* The guest book's procedures, as rpcgen's user writes them: results are static; of what waits, in
 * several threads at a time, each thread's own. */
#include <stdio.h>
#include <string.h>

#include "guestbook.h"

#define MOST 64 /* entries */

static guestbook_entry book[MOST];
static u_int count;

/* Who calls, as far as he says. */
static int caller(const struct svc_req *request)
{
	const struct authunix_parms *who = (const void *)request->rq_clntcred;

	return request->rq_cred.oa_flavor == AUTH_SYS ? (int)who->aup_uid : -1;
}

u_int *guestbook_sign_1_svc(guestbook_entry *entry, struct svc_req *request)
{
	static u_int signed_by;

	if (count < MOST) {
		book[count] = *entry; /* it keeps what was decoded, */
		book[count++].uid = caller(request);
		memset(entry, 0, sizeof(*entry)); /* so that it is not freed */
	}
	signed_by = count;
	return &signed_by;
}

guestbook_page *guestbook_read_1_svc(void *nothing, struct svc_req *request)
{
	static guestbook_page page;

	(void)nothing, (void)request;
	page.entries.entries_len = count;
	page.entries.entries_val = book;
	return &page;
}

guestbook_found *guestbook_find_1_svc(char **name, struct svc_req *request)
{
	static guestbook_found found;

	(void)request;
	found.entry = NULL;
	for (u_int i = 0; i < count && !found.entry; i++)
		if (strcmp(book[i].name, *name) == 0)
			found.entry = &book[i];
	return &found;
}

char **guestbook_await_1_svc(char **path, struct svc_req *request)
{
	static _Thread_local char text[GUESTBOOK_NAME + 1], *result;
	FILE *pipe = fopen(*path, "r");

	(void)request;
	result = text;
	text[0] = '\0';
	if (pipe) {
		if (fgets(text, sizeof(text), pipe))
			text[strcspn(text, "\n")] = '\0';
		fclose(pipe);
	}
	return &result;
}
