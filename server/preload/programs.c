/* What the program registered to serve. */
#include "server/preload/programs.h"

#include <stdlib.h>
#include <string.h>

#include "idl/status.h"
#include "server/status/status.h"

/* What the server counts is a program of ours beside the others. */
static struct sidecall_svc_program ours[] = { { .program = STATUS_PROG,
						.version = STATUS_V1,
						.dispatch = status_dispatch,
						.others = SIDECALL_REPEAT_FREELY },
					      { 0 } },
				   *rows = ours;
static size_t count = 1;

const struct sidecall_svc_program *programs_all(void)
{
	return rows;
}

static struct sidecall_svc_program *find_program(rpcprog_t program, rpcvers_t version)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].program == program && rows[i].version == version)
			return &rows[i];
	return NULL;
}

bool programs_add(rpcprog_t program, rpcvers_t version, dispatch_function *dispatch)
{
	struct sidecall_svc_program *more;

	if (find_program(program, version))
		return true; /* the first one serves, as with svc_reg(3) */
	more = calloc(count + 2, sizeof(*more));
	if (!more)
		return false;
	memcpy(more, rows, count * sizeof(*more));
	more[count++] = (struct sidecall_svc_program){ .program = program,
						       .version = version,
						       .dispatch = dispatch };
	if (rows != ours)
		free(rows);
	rows = more;
	return true;
}

void programs_remove(rpcprog_t program, rpcvers_t version)
{
	struct sidecall_svc_program *row = find_program(program, version);

	if (!row)
		return;
	count--;
	memmove(row, row + 1, (size_t)(rows + count + 1 - row) * sizeof(*row));
}
