# The address that is told is that of the proxy's Service, whatever kind of balancer it has.

mock_provider "helm" {}

mock_provider "kubernetes" {
  mock_data "kubernetes_all_namespaces" {
    defaults = { namespaces = ["default"] }
  }
}

variables {
  chart = "./tests/chart"
}

run "tells_an_address" {
  override_data {
    target = data.kubernetes_service_v1.proxy
    values = {
      spec   = [{ port = [{ port = 80 }] }]
      status = [{ load_balancer = [{ ingress = [{ ip = "192.0.2.7", hostname = "" }] }] }]
    }
  }

  assert {
    condition     = output.address == "192.0.2.7" && output.url == "http://192.0.2.7/"
    error_message = "the balancer's address"
  }
}

run "tells_https" {
  override_data {
    target = data.kubernetes_service_v1.proxy
    values = {
      spec   = [{ port = [{ name = "http", port = 80 }, { name = "https", port = 443 }] }]
      status = [{ load_balancer = [{ ingress = [{ ip = "192.0.2.7", hostname = "" }] }] }]
    }
  }

  assert {
    condition     = output.address == "192.0.2.7" && output.url == "https://192.0.2.7/"
    error_message = "HTTPS, where the Service has a port for it"
  }
}

run "tells_a_name_and_a_port" {
  override_data {
    target = data.kubernetes_service_v1.proxy
    values = {
      spec   = [{ port = [{ port = 8080 }] }]
      status = [{ load_balancer = [{ ingress = [{ ip = "", hostname = "x.elb.amazonaws.com" }] }] }]
    }
  }

  assert {
    condition     = output.address == "x.elb.amazonaws.com" && output.url == "http://x.elb.amazonaws.com:8080/"
    error_message = "the balancer's name, and the port, as it is not 80"
  }
}

run "writes_an_ipv6_address_as_urls_have_it" {
  override_data {
    target = data.kubernetes_service_v1.proxy
    values = {
      spec   = [{ port = [{ port = 80 }] }]
      status = [{ load_balancer = [{ ingress = [{ ip = "2001:db8::7", hostname = "" }] }] }]
    }
  }

  assert {
    condition     = output.address == "2001:db8::7" && output.url == "http://[2001:db8::7]/"
    error_message = "the URL must have the address in brackets"
  }
}

run "tells_none_where_there_is_none" {
  override_data {
    target = data.kubernetes_service_v1.proxy
    values = {
      spec   = [{ port = [{ port = 80 }] }]
      status = [{ load_balancer = [{ ingress = [] }] }]
    }
  }

  assert {
    condition     = output.address == null && output.url == null
    error_message = "without a balancer there is no address"
  }
}
