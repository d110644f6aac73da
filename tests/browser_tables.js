// Every table equals the data that it shows: the exact value behind a cell, and what is to be seen.

const member = (value, path) =>
	path.reduce((inner, key) => (inner == null ? undefined : inner[key]), value);
const pointed = (at) => member(data, at.split("/").slice(1));

// What a text says in figures: "9.60", "12 %", "15k"; with the unit of its last figure.
const figure = (text) => {
	const match = squeeze(text).replace(/(?<=\d)[\s,](?=\d{3}\b)/g, "")
		.match(/^([-−]?\d+(?:\.(\d+))?)\s*([kM%×]?)$/);
	if (!match)
		return null;
	const times = { k: 1e3, M: 1e6, "%": 0.01 }[match[3]] || 1;
	return { number: Number(match[1].replace("−", "-")) * times,
		 unit: times / 10 ** (match[2] || "").length };
};
// Rounded, but not by so much that it says something else.
const rounds = (shown, exact) => {
	const off = Math.abs(shown.number - exact);
	return off <= shown.unit * 0.501 && (off <= Math.abs(exact) * 0.05 || shown.unit <= 0.001);
};

// What a text says that numbers are in; nothing (NaN) when it does not say so of times.
const units = [[/\bns\b|nanosec/, 1], [/[uµμ]s\b|microsec/i, 1e-3], [/\bms\b|millisec/i, 1e-6]];
const scaleOf = (key, text) => {
	if (/_ns(_|$)/.test(key))
		return (units.find(([unit]) => unit.test(text)) || [null, NaN])[1];
	return /\bmillion\b/i.test(text) ? 1e-6 : /\bthousand\b/i.test(text) ? 1e-3 : 1;
};

// ---- a cell ----

const isFigure = (element, value, scale) => element && Number(element.value) === value &&
	figure(element.textContent) !== null && rounds(figure(element.textContent), value * scale);

const isRight = (cell, value, scale) => {
	const text = shown(cell.textContent), exact = cell.querySelector("data");
	if (value === undefined || value === null)
		return !/\d/.test(text) && (!text || cell.classList.contains("missing")) && !exact;
	if (typeof value === "boolean")
		return text === (value ? "yes" : "no");
	return typeof value === "number" ? squeeze(exact?.textContent ?? "") === text &&
						 isFigure(exact, value, scale)
					 : text === shown(value);
};

// The title of a column with those of the group that it is in; and where these name no unit, those of
// the columns to its left, as of "from" and "to" behind a median.
const titleOf = (table, column) => [...table.tHead.rows].map((row) => {
	let at = 0;
	for (const cell of row.cells) {
		at += cell.colSpan;
		if (at > column)
			return cell.textContent;
	}
	return "";
}).join(" ");
const captionOf = (element) => {
	const table = element.closest("table");
	return table.caption?.textContent ?? named(table);
};
const columnScale = (table, key, column) => {
	const base = key.replace(/_(low|high)$/, "");
	for (let i = column; i >= 0; i--) {
		const title = titleOf(table, i), of = table.tHead.querySelectorAll("[data-key]")[i];
		const scale = scaleOf(key, title);
		if (/_ns(_|$)/.test(key) ? scale : i === column && base === key || of?.dataset.key === base)
			return scale;
	}
	return scaleOf(key, captionOf(table));
};

// ---- tables, a row an object of the data ----

const checkRow = (row, at, keys, scales) => {
	placesShown.add(at);
	if (row.cells.length !== keys.length)
		return say("a row of another length than its head", row);
	keys.forEach((key, i) => {
		if (!isRight(row.cells[i], member(pointed(at), key.split(".")), scales[i]))
			say("a cell of " + at + " is not its data's", row.cells[i]);
	});
};

const checkTable = (table) => {
	const rows = [...table.tBodies].flatMap((body) => [...body.rows]), at = table.dataset.at;
	const keys = [...table.tHead.querySelectorAll("[data-key]")].map((th) => th.dataset.key);
	const scales = keys.map((key, i) => columnScale(table, key, i));
	for (let i = 0; rows.length > 1 && keys.length > 1 && i < keys.length; i++)
		if (unique(rows.map((row) => row.cells[i]?.querySelector("data")?.value ??
				    row.cells[i]?.textContent)).length === 1)
			say("a column that is the same in all rows: " + keys[i], table);
	if (at && pointed(at)?.length !== rows.length)
		return say("a table of another length than its data", table);
	rows.forEach((row, i) => checkRow(row, at ? at + "/" + i : row.dataset.at, keys, scales));
};

// ---- tables whose cells say where their data are ----

// What a row and a column are about is in the data above the cell's.
const checkHeads = (cell, own) => {
	const row = cell.parentElement.cells[0], table = cell.closest("table");
	const above = pointed(cell.dataset.at.replace(/\/[^/]+\/\d+(\/1)?$/, ""));
	const heads = shown(titleOf(table, cell.cellIndex)).replace(/ /g, "");
	const percent = Array.isArray(own) ? parseFloat(heads) === own[0] : heads === shown(own).replace(/ /g, "");
	if (shown(row.textContent) !== shown(above.title ?? above.endpoint) || !percent)
		say("a cell in a row or column of others: " + cell.dataset.at, cell);
};

// What an outcome means to the caller, and of red, green and blue that which its tint has most of, and
// (yellow) least of.
const tints = { served: [1], told: [2], doubt: [0, 2], harm: [0] };
const meanings = { answered: "served", refused: "told", detected: "told", wrong: "harm", accepted: "harm",
		   hung: "harm" };
const meaningOf = (value, row) => value.saw !== "answered" ? meanings[value.saw] ?? "doubt"
	: value.executed > 1 || row.key === "retired" ? "doubt" : "served";
const checkTint = (cell, value) => {
	const row = pointed(cell.dataset.at.replace(/\/[^/]+\/\d+$/, "")), meaning = meaningOf(value, row);
	const colour = parts(getComputedStyle(cell).backgroundColor), [most, least] = tints[meaning];
	const legend = document.querySelector("#" + cell.closest("section").id + " .legend ." + meaning);
	if (cell.className !== meaning || Math.max(...colour.slice(0, 3)) !== colour[most] ||
	    (least !== undefined && Math.min(...colour.slice(0, 3)) !== colour[least]))
		say("a cell whose tint is not " + meaning, cell);
	if (!legend || getComputedStyle(legend).backgroundColor !== getComputedStyle(cell).backgroundColor)
		say("a tint without a legend: " + meaning, cell);
};

// Where rows are cards all of one can be seen, and each cell says whose it is.
const checkCard = (cell, name) => {
	const at = cell.getBoundingClientRect();
	if (getComputedStyle(cell).display === "block" &&
	    (getComputedStyle(cell, "::before").content !== JSON.stringify(name) || at.right > innerWidth))
		say("a card's cell that does not say whose it is", cell);
	if (innerWidth < 400 && getComputedStyle(cell).display !== "block")
		say("a row that is no card", cell);
};

// Of an object: what was seen, after how long, and how often the call was executed.
const checkObject = (cell, value) => {
	const figures = [...cell.querySelectorAll("data")];
	const keys = ["after_ns", "executed"].filter((key) => typeof value[key] === "number");
	const scale = (key) => scaleOf(key, cell.textContent) || scaleOf(key, captionOf(cell));
	checkHeads(cell, value.endpoint ?? value.protocol);
	checkTint(cell, value);
	checkCard(cell, value.endpoint ?? value.protocol);
	if (shown(cell.querySelector("b")?.textContent ?? "") !== shown(value.saw) ||
	    keys.join() !== figures.map((data) => data.dataset.key).join() ||
	    !figures.every((data) => isFigure(data, value[data.dataset.key],
					      scale(data.dataset.key))))
		say("a cell of " + cell.dataset.at + " is not its data's", cell);
};

const checkCell = (cell) => {
	const at = cell.dataset.at, value = pointed(at);
	placesShown.add(at);
	if (typeof value === "object" && value)
		return checkObject(cell, value);
	checkHeads(cell, pointed(at.replace(/\/1$/, "")));
	if (!isRight(cell, value, scaleOf("_ns", captionOf(cell))))
		say("a cell of " + at + " is not its data's", cell);
};

// ---- all of them ----

const placesShown = new Set();
// All rows of these have to be in some table.
const arrays = ["/code/ways", "/code/shares", "/code/files", "/code/adding/rows",
	"/code/procedures/*/rows", "/bytes/calls", "/bytes/endpoints", "/bytes/annotated/*/sent",
	"/bytes/annotated/*/received", "/time/latency", "/time/throughput", "/time/payload",
	"/time/layers", "/time/ladder", "/time/system_calls", "/time/percentiles/*/points",
	"/failures/faults/*/cells", "/failures/daemons/rows", "/evolution/changes/*/answers", "/verdict/choices"];
const expand = (at) => {
	const [before, behind] = at.split("/*");
	return behind === undefined ? [at] : (pointed(before) || []).map((_, i) => before + "/" + i + behind);
};

const checkTables = () => {
	for (const table of document.querySelectorAll("main table")) {
		const rows = [...table.querySelectorAll("tbody tr")];
		const cells = [...table.querySelectorAll("td")];
		if (table.dataset.at || rows.every((row) => row.dataset.at))
			checkTable(table);
		else if (cells.some((cell) => /\d/.test(cell.textContent) && !cell.dataset.at))
			say("a table that does not say where its data are", table);
		else
			cells.filter((cell) => cell.dataset.at).forEach(checkCell);
	}
	for (const array of arrays.flatMap(expand))
		(pointed(array) || []).forEach((row, i) => {
			const at = array + "/" + i;
			if (/percentiles/.test(array) && row[0] < 90)
				return; // no tail, and the median is in another table
			if (!placesShown.has(at) && !placesShown.has(at + "/1"))
				say("no table has " + at);
		});
};
