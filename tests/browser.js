// Looks at the report as it is laid out, from within the page, and says what is wrong with it.
// tests/browser puts this into a copy; the report itself has no script.
(() => {
	const wrong = [];
	const say = (what, element) => {
		const figure = element && element.closest("figure, table");
		const text = element ? ": " + element.textContent.trim().slice(0, 60) +
			(figure ? " in " + figure.textContent.trim().slice(0, 40) : "") : "";
		if (wrong.length < 20)
			wrong.push(what + text);
	};

	// What can be folded away has to be right as well.
	for (const details of document.querySelectorAll("details"))
		details.open = true;

	// What scrolls in a box of its own may be wider than the page, and then hides what is outside.
	const boxOf = (element) => {
		const box = element.closest(".box");
		return box && box.scrollWidth > box.clientWidth ? box : null;
	};

	// Each piece of text with the rectangles of its lines.
	const pieces = [];
	const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
	while (walker.nextNode()) {
		const node = walker.currentNode, element = node.parentElement;
		if (!node.data.trim() || element.closest("title, desc"))
			continue;
		const range = document.createRange();
		range.selectNodeContents(node);
		const lines = element.closest("svg") ? [element.getBoundingClientRect()]
						     : [...range.getClientRects()];
		for (const line of lines)
			if (line.width > 0)
				pieces.push({ node, element, line, box: boxOf(element) });
	}
	if (pieces.length < 50)
		say("there is hardly any text");

	// Inside the page, inside its drawing, inside its cell.
	for (const { element, line, box } of pieces) {
		const svg = element.closest("svg"), cell = element.closest("td, th");
		if (!box && (line.left < -0.5 || line.right > innerWidth + 0.5))
			say("text outside the page", element);
		for (const outer of [svg, cell]) {
			const room = outer && outer.getBoundingClientRect();
			if (room && (line.left < room.left - 1 || line.right > room.right + 1 ||
				     line.top < room.top - 1 || line.bottom > room.bottom + 1))
				say("text outside its box", element);
		}
	}
	if (document.documentElement.scrollWidth > innerWidth)
		say("the page scrolls sideways");

	// One over another.  Lines of text may touch, so a little is allowed.
	pieces.sort((a, b) => a.line.top - b.line.top);
	pieces.forEach((one, i) => {
		for (let j = i + 1; j < pieces.length; j++) {
			const other = pieces[j];
			if (other.line.top >= one.line.bottom - 3)
				break;
			if (other.node !== one.node && other.box === one.box &&
			    Math.min(one.line.right, other.line.right) -
					    Math.max(one.line.left, other.line.left) > 1)
				say("text over other text: \"" + other.node.data.trim() + "\" over",
				    one.element);
		}
	});

	// As large as it is rendered.
	for (const { element } of pieces) {
		const scale = element.closest("svg") ? element.getScreenCTM().a : 1;
		const size = parseFloat(getComputedStyle(element).fontSize) * scale;
		if (size < 9)
			say("a font of " + size.toFixed(1) + " pixels", element);
	}

	// Text is told apart from what is behind it.
	const light = (color) => {
		const [r, g, b] = color.match(/[\d.]+/g).map((n) => {
			const part = n / 255;
			return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
		});
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const paper = light(getComputedStyle(document.body).backgroundColor);
	for (const { element } of pieces) {
		const style = getComputedStyle(element);
		const ink = light(element.closest("svg") ? style.fill : style.color);
		if ((Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05) < 4.5)
			say("text too faint", element);
	}

	// Every table equals the data that it shows.
	const data = JSON.parse(document.getElementById("data").textContent);
	const member = (value, path) =>
		path.reduce((inner, key) => (inner == null ? undefined : inner[key]), value);
	for (const table of document.querySelectorAll("table[data-at]")) {
		const rows = member(data, table.dataset.at.split("/").slice(1)) || [];
		const keys = [...table.tHead.rows[0].cells].map((cell) => cell.dataset.key.split("."));
		if (rows.length !== table.tBodies[0].rows.length)
			say("a table of another length than its data", table.caption);
		[...table.tBodies[0].rows].forEach((row, i) => keys.forEach((key, j) => {
			const value = member(rows[i], key), cell = row.cells[j];
			const exact = cell.querySelector("data");
			const equal = value === undefined || value === null
					      ? cell.className === "missing"
				      : typeof value === "number"
					      ? exact && Number(exact.value) === value
				      : typeof value === "boolean"
					      ? cell.textContent === (value ? "yes" : "no")
					      : cell.textContent === value;
			if (!equal)
				say("a cell of " + table.dataset.at + " is not its data's", cell);
		}));
	}

	// So does what carries its own place: a row, a number, or what somebody saw and its figures.
	const pointed = (element) => member(data, element.dataset.at.split("/").slice(1));
	for (const row of document.querySelectorAll("tr[data-at]")) {
		const object = pointed(row), head = row.closest("table").tHead.rows[0];
		[...head.cells].forEach((title, j) => {
			const value = member(object, title.dataset.key.split("."));
			const cell = row.cells[j], exact = cell.querySelector("data");
			if (value == null ? cell.className !== "missing"
			    : typeof value === "number" ? !exact || Number(exact.value) !== value
							: cell.textContent !== value)
				say("a cell of " + row.dataset.at + " is not its data's", cell);
		});
	}
	for (const cell of document.querySelectorAll("td[data-at]")) {
		const value = pointed(cell), seen = cell.querySelector("b");
		if (seen && seen.textContent !== value?.saw)
			say("what was seen at " + cell.dataset.at + " is something else", cell);
		for (const exact of cell.querySelectorAll("data"))
			if (Number(exact.value) !== (seen ? value[exact.dataset.key] : value))
				say("a figure of " + cell.dataset.at + " is not its data's", cell);
	}

	parent.postMessage({ wrong, width: innerWidth, pieces: pieces.length,
			     dark: matchMedia("(prefers-color-scheme: dark)").matches }, "*");
})();
