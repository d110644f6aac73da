/* The limits that a program runs with under `sidecall run`. */
#include "common/run_settings.h"

#include <ctype.h>
#include <stdio.h>

void run_variable(const char *name, char variable[RUN_VARIABLE])
{
	int length = snprintf(variable, RUN_VARIABLE, "SIDECALL_RUN_%s", name);

	for (int i = 0; i < length; i++)
		variable[i] = (char)(variable[i] == '-' ? '_' : toupper(variable[i]));
}
