# Which words of a printed report have no ink: of pages one behind the other, each the words with their
# places in points (1/72 inch), width and height of its picture at 36 dots an inch, and then its
# pixels from 0 to 255.

function has_ink(word,    x, y, least, most, grey) {
	least = 255
	most = 0
	for (y = int(top[word] / 2); y <= bottom[word] / 2 && y < height; y++)
		for (x = int(left[word] / 2); x <= right[word] / 2 && x < width; x++) {
			grey = pixels[y * width + x]
			least = grey < least ? grey : least
			most = grey > most ? grey : most
		}
	return most - least > 30
}

function end_page(    word) {
	for (word = 1; word <= words; word++)
		if (!has_ink(word) && told++ < 10)
			print text[word]
	words = width = count = 0
}

/<word / {
	if (count)
		end_page()
	split($0, part, "\"")
	shown = $0
	gsub(/<[^>]*>| /, "", shown)
	if (shown !~ /[A-Za-z0-9][A-Za-z0-9]/) # a dash is too thin to be seen at this size
		next
	text[++words] = shown
	left[words] = part[2]
	top[words] = part[4]
	right[words] = part[6]
	bottom[words] = part[8]
	next
}
NF == 2 {
	if (count)
		end_page()
	width = $1
	height = $2
	next
}
{ pixels[count++] = $1 }
END { end_page() }
