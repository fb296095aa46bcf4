// Shows the service's OpenAPI document.
const place = document.getElementById("documentation");
window.SwaggerUIBundle({ url: place.dataset.address, domNode: place, deepLinking: true, tryItOutEnabled: false });
