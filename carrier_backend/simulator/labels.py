"""Draws the bordereau: a Code128 of the number, and plain uncompressed text to tell whose parcel it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

__all__ = ["A4", "SMALL", "Slip", "draw"]

SMALL = (100 * mm, 150 * mm)


@dataclass(frozen=True, slots=True)
class Slip:
    """What one label says."""

    courier: str
    number: str
    client_id: str
    recipient: str
    lines: tuple[str, ...] = ()


def draw(slips: Sequence[Slip], paper: tuple[float, float] = SMALL) -> bytes:
    """One PDF, a page of the paper for each slip; the same slips always give the same bytes.

    Its subject holds the recipients in any script: the built-in fonts draw squares for what is not Latin.
    """
    pdf = BytesIO()
    canvas = Canvas(pdf, pagesize=paper, pageCompression=0, invariant=1)
    canvas.setTitle(" ".join(slip.number for slip in slips))
    canvas.setSubject(", ".join(slip.recipient for slip in slips))
    for slip in slips:
        _draw_page(canvas, slip)
    canvas.save()
    return pdf.getvalue()


def _draw_page(canvas: Canvas, slip: Slip) -> None:
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(10 * mm, 135 * mm, slip.courier)
    Code128(slip.number, barWidth=0.5 * mm, barHeight=25 * mm).drawOn(canvas, 5 * mm, 100 * mm)
    canvas.drawString(10 * mm, 90 * mm, slip.number)
    canvas.setFont("Helvetica", 11)
    for row, line in enumerate((slip.client_id, slip.recipient, *slip.lines)):
        canvas.drawString(10 * mm, (80 - 7 * row) * mm, line)
    canvas.showPage()
