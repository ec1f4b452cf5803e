"""Tasks of the shop that run in the worker."""

from typing import Any

from seriatim import task


@task("shop.thank")
def thank(inputs: dict[str, Any]) -> dict[str, Any]:
    """What the customer reads."""
    return {"message": f"Thank you for {inputs['orderId']}, paid by {inputs['reference']}."}
