/* All that the service keeps between two calls. */
#include "server/service/service.h"

#include <errno.h>
#include <stdlib.h>

int service_open(struct service *service, const char *directory)
{
	int r = root_open(&service->root, directory);

	if (r < 0)
		return r;
	service->registers = (struct caller_registers){ malloc(sizeof(struct registers)), 0 };
	if (!service->registers.all) {
		root_close(&service->root);
		return -ENOMEM;
	}
	registers_init(service->registers.all);
	service->calc_version = 0;
	return 0;
}

bool service_has_calc(const struct service *service, unsigned int version)
{
	return !service->calc_version || service->calc_version == version;
}

void service_close(struct service *service)
{
	registers_release(service->registers.all);
	free(service->registers.all);
	service->registers.all = NULL;
	root_close(&service->root);
}

struct traits service_traits(uint32_t program, uint32_t procedure)
{
	static const struct row {
		uint32_t program, procedure;
		struct traits traits;
	} rows[] = {
		{ CALC_PROG, CALC_ACCUMULATE, { NO_WAIT, REPEAT_NEVER } },
		{ FILEINFO_PROG, FILEINFO_LIST, { SHORT_WAIT, REPEAT_FREELY } },
		{ FILEINFO_PROG, FILEINFO_READLINK, { SHORT_WAIT, REPEAT_FREELY } },
		{ FILEINFO_PROG, FILEINFO_SPACE, { SHORT_WAIT, REPEAT_FREELY } },
		{ FILEINFO_PROG, FILEINFO_DIGEST, { LONG_WAIT, REPEAT_FREELY } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].program == program && rows[i].procedure == procedure)
			return rows[i].traits;
	return (struct traits){ NO_WAIT, REPEAT_FREELY };
}
