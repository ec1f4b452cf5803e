"""The tasks of the order-fulfilment example: what a shop would do, kept small."""

from typing import Any

from seriatim import TaskContext, TaskError, task

STOCK = {"lamp": 7, "desk": 2}
PRICES = {"lamp": 39.5, "desk": 240.0}


@task("order.price")
def price(inputs: dict[str, Any]) -> dict[str, Any]:
    """What the order costs. An article that nobody sells fails the order for good."""
    total = 0.0
    for line in inputs["lines"]:
        if line["article"] not in PRICES:
            raise TaskError("UnknownArticle", f"we do not sell {line['article']}", retryable=False)
        total += PRICES[line["article"]] * line["quantity"]
    return {"total": total}


@task("order.reserve-stock")
def reserve_stock(inputs: dict[str, Any]) -> dict[str, Any]:
    """Set the articles aside."""
    short = [x["article"] for x in inputs["lines"] if STOCK.get(x["article"], 0) < x["quantity"]]
    if short:
        raise TaskError("OutOfStock", f"too few of {', '.join(short)}", retryable=False)
    return {"reserved": len(inputs["lines"])}


@task("order.charge-card")
def charge_card(inputs: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    """Charge the card. The gateway is busy at first, as gateways are: the second attempt succeeds.

    The idempotency key is the same for both: a gateway that knows it charges once.
    """
    if context.attempt == 1:
        raise TaskError("Gateway.Busy", "the payment gateway did not answer")
    return {"charged": inputs["amount"], "reference": f"pay-{context.idempotency_key[-4:]}"}


@task("order.print-label")
def print_label(inputs: dict[str, Any]) -> dict[str, Any]:
    """Print the label for the parcel."""
    return {"tracking": f"TRACK-{inputs['orderId']}"}


@task("order.notify")
def notify(inputs: dict[str, Any]) -> dict[str, Any]:
    """Write to the customer."""
    return {"message": f"Order {inputs['orderId']} is on its way: {inputs['tracking']}"}
