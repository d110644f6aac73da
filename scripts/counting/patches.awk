# The rows of the table that name a patch: lines added and removed, by file.  Behind lines.awk.

# A document's every line that is not blank counts.
function counts(file, line)
{
	return file ~ /\.md$/ ? line !~ /^[ \t]*$/ : is_code(code_of(line))
}

# What a file does for a call, or for those who make it.
function job_for(file)
{
	if (file in job_of)
		return job_of[file]
	if (file ~ /\.md$/)
		return "document"
	return file ~ /^server\/service\// ? "service" : "command"
}

function end_change(ways, patch, title, file)
{
	if (file == "")
		return
	changes++
	change_row[changes] = ways SUBSEP patch SUBSEP title SUBSEP file
	change_job[changes] = job_for(file)
	change_added[changes] = added + 0
	change_removed[changes] = removed + 0
	added = removed = 0
}

function read_patch(ways, patch, title,    line, words, file, r)
{
	while ((r = (getline line < patch)) > 0) {
		if (line ~ /^\+\+\+ /) {
			end_change(ways, patch, title, file)
			split(line, words, /[ \t]+/)
			file = words[2]
		} else if (line ~ /^(--- |@@ )/) {
			code_begin()
		} else if (line ~ /^\+/) {
			added += counts(file, substr(line, 2))
		} else if (line ~ /^-/) {
			removed += counts(file, substr(line, 2))
		} else {
			code_of(substr(line, 2)) # for the comments that begin and end there
		}
	}
	if (r < 0)
		fail("there is no " patch)
	close(patch)
	end_change(ways, patch, title, file)
}

FILENAME == table && $1 == "patch" {
	read_patch($2, $3, rest_of_line(3))
	next
}
